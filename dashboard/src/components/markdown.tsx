/** Markdown as elements: the part that our reports and knowledge use. Nothing becomes markup that was not asked for here. */
import { Fragment, type ReactNode } from "react";
import { type Block, parse } from "../lib/markdown";

export function Markdown({ text, level = 3 }: { text: string; level?: number }) {
  return (
    <div className="prose">
      {parse(text).map((block, index) => (
        <Fragment key={index}>{element(block, level)}</Fragment>
      ))}
    </div>
  );
}

function element(block: Block, level: number): ReactNode {
  switch (block.kind) {
    case "heading": {
      const Tag = `h${Math.min(6, level + block.level - 1)}` as "h3";
      return <Tag>{inline(block.text)}</Tag>;
    }
    case "code":
      return (
        <pre tabIndex={0} role="group" aria-label="code">
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const Tag = block.ordered ? "ol" : "ul";
      return (
        <Tag>
          {block.items.map((item, index) => (
            <li key={index}>{inline(item)}</li>
          ))}
        </Tag>
      );
    }
    case "quote":
      return <blockquote>{inline(block.text)}</blockquote>;
    case "rule":
      return <hr />;
    case "table":
      return (
        <div className="scroll-x" tabIndex={0} role="group" aria-label={block.head.filter(Boolean).join(", ") || block.rows.map((row) => row[0]).join(", ")}>
          <table>
            {/* Tables of names and values have none. */}
            {block.head.some(Boolean) && (
              <thead>
                <tr>
                  {block.head.map((cell, index) => (
                    <th key={index} scope="col">
                      {inline(cell)}
                    </th>
                  ))}
                </tr>
              </thead>
            )}
            <tbody>
              {block.rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={column}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "paragraph":
      return <p>{inline(block.text)}</p>;
  }
}

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+|#[^\s)]*)\)|\\([\\`*_{}[\]()#+\-.!<>|~&])/g;

function inline(text: string): ReactNode[] {
  const nodes: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, , code, strong, label, href, escaped] = match;
    if (code !== undefined) nodes.push(<code key={from}>{code.trim()}</code>);
    else if (strong !== undefined) nodes.push(<strong key={from}>{inline(strong)}</strong>);
    else if (href !== undefined)
      nodes.push(
        <a key={from} href={href} rel="noreferrer noopener">
          {label}
        </a>,
      );
    else nodes.push(escaped);
  }
  nodes.push(text.slice(from));
  return nodes;
}
