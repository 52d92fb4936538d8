import { describe, expect, it } from 'vitest';
import { parseStartOptions, UsageError } from '../../src/local/world-options.ts';

describe('parseStartOptions()', () => {
  it('has a fixed port and everything on by default', () => {
    expect(parseStartOptions([])).toEqual({
      port: 4400,
      functions: 'inline',
      limits: 'on',
      ai: 'standin',
      json: false,
      help: false,
    });
  });

  it('reads every option, with a space or an equals sign', () => {
    const args = ['--port', '0', '--json', '--functions=process', '--limits=off', '--ai', 'off'];
    expect(parseStartOptions(args)).toEqual({
      port: 0,
      functions: 'process',
      limits: 'off',
      ai: 'off',
      json: true,
      help: false,
    });
    expect(parseStartOptions(['--port=65529']).port).toBe(65_529);
  });

  it.each([
    [['--colour']],
    [['--no-json']],
    [['now']],
    [['-x']],
    [['--port']],
    [['--port=65530']],
    [['--port=-1']],
    [['--port=abc']],
    [['--functions=thread']],
    [['--limits=maybe']],
    [['--ai=gpt']],
    [['--json=yes']],
  ])('throws USAGE_INVALID for %j', (args) => {
    expect(() => parseStartOptions(args)).toThrowWithCode(UsageError, 'USAGE_INVALID');
  });

  it('names what it expected and got', () => {
    expect(() => parseStartOptions(['--functions=thread'])).toThrow(
      'cannot start: expected --functions=inline|process, got thread',
    );
  });
});
