import { Element, type ElementContext } from './elements.tsx';
import { Field } from './fields.tsx';
import { Markdown } from './markdown.tsx';
import type { Block, BlockElement } from './model.ts';
import { plainText, Text } from './mrkdwn.tsx';
import { RichText } from './rich-text.tsx';

/** Block Kit, whatever it says: the page knows nothing of the product's own cards. */
export function Blocks({ blocks, context }: { blocks: readonly Block[]; context: ElementContext }) {
  return (
    <div class="blocks">
      {blocks.map((block, i) => (
        <OneBlock key={block.block_id ?? i} block={block} context={context} />
      ))}
    </div>
  );
}

function OneBlock({ block, context }: { block: Block; context: ElementContext }) {
  switch (block.type) {
    case 'header':
      // A chat has no document outline of its own; headers in it must not break the page's.
      return <p class="block-header">{plainText(block.text)}</p>;
    case 'section':
      return <Section block={block} context={context} />;
    case 'actions':
      return (
        <div class="block-actions">
          {(block.elements ?? []).map((each) => (
            <Element {...{ block, context }} element={each as BlockElement} />
          ))}
        </div>
      );
    case 'context':
      return <ContextLine block={block} />;
    case 'divider':
      return <hr />;
    case 'rich_text':
      return <RichText elements={block.elements ?? []} />;
    case 'image':
      return (
        <p class="block-image">
          <span aria-hidden="true">▦ </span>
          {block.alt_text}
        </p>
      );
    case 'input':
      return <Field block={block} context={context} />;
    case 'markdown':
      return <Markdown text={String(block.text)} />;
    default:
      return <p class="quiet">(a “{block.type}” block)</p>;
  }
}

function Section({ block, context }: { block: Block; context: ElementContext }) {
  return (
    <div class="block-section">
      <div class="block-section-text">
        {block.text ? (
          <div class="pre">
            <Text of={block.text} />
          </div>
        ) : null}
        {block.fields ? (
          <div class="block-fields">
            {block.fields.map((field) => (
              <div class="pre">
                <Text of={field} />
              </div>
            ))}
          </div>
        ) : null}
      </div>
      {block.accessory ? <Element {...{ block, context }} element={block.accessory} /> : null}
    </div>
  );
}

function ContextLine({ block }: { block: Block }) {
  return (
    <div class="block-context">
      {(block.elements ?? []).map((each) => {
        const element = each as BlockElement & { type: string };
        if (element.type === 'image') return <span>{element.alt_text}</span>;
        return (
          <span class="pre">
            <Text of={element as never} />
          </span>
        );
      })}
    </div>
  );
}
