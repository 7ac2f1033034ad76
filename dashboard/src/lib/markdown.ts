/** Markdown into blocks. Pure. */

export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; items: string[] }
  | { kind: "quote" | "paragraph"; text: string }
  | { kind: "table"; head: string[]; rows: string[][] }
  | { kind: "rule" };

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function parse(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = () => lines[at] ?? "";
  while (at < lines.length) {
    const fence = /^\s*(`{3,}|~{3,})/.exec(line());
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line());
    if (line().trim() === "") {
      at += 1;
    } else if (fence) {
      const code: string[] = [];
      for (at += 1; at < lines.length && !line().trim().startsWith(fence[1] ?? "```"); at += 1) code.push(line());
      at += 1;
      blocks.push({ kind: "code", text: code.join("\n") });
    } else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
      at += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line())) {
      blocks.push({ kind: "rule" });
      at += 1;
    } else if (line().includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")) {
      const head = cells(line());
      const rows: string[][] = [];
      for (at += 2; at < lines.length && line().includes("|"); at += 1) rows.push(cells(line()));
      blocks.push({ kind: "table", head, rows });
    } else if (ITEM.test(line())) {
      const ordered = ITEM.exec(line())?.[1] !== undefined;
      const items: string[] = [];
      for (; at < lines.length && line().trim() !== ""; at += 1) {
        const item = ITEM.exec(line());
        if (item) items.push(item[2] ?? "");
        else items.push(`${items.pop() ?? ""} ${line().trim()}`);
      }
      blocks.push({ kind: "list", ordered, items });
    } else if (line().startsWith(">")) {
      const quoted: string[] = [];
      for (; line().startsWith(">"); at += 1) quoted.push(line().replace(/^>\s?/, ""));
      blocks.push({ kind: "quote", text: quoted.join(" ") });
    } else {
      const words: string[] = [];
      for (; at < lines.length && line().trim() !== "" && !/^(#{1,6}\s|```|~~~|>)/.test(line()); at += 1) words.push(line().trim());
      blocks.push({ kind: "paragraph", text: words.join(" ") });
    }
  }
  return blocks;
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}
