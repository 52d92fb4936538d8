import './styles/base.css';
import './styles/frame.css';
import './styles/slack.css';
import './styles/blocks.css';
import './styles/record.css';
import './styles/dialog.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { startLive } from './live.ts';
import { onChange } from './store.ts';

const root = document.getElementById('page');
if (!root) throw new Error('cannot draw the page: expected an element with id page');
const draw = () => render(<App />, root);
onChange(draw);
draw();
startLive();
