//! Secrets by the structure of YAML: the `data` of a Secret, the `value` beside a telling `name`, and block scalars under a
//! telling key. A Secret's `kind` comes after its `data`, so spans wait until their mapping ends.

use super::{Span, keys, lines};

const DEPTH_MAX: usize = 64;

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut walk = Walk { open: Vec::new(), block: None, spans };
    for (start, line) in lines(text) {
        walk.line(start, line);
    }
    walk.close_deeper_than(None);
}

struct Walk<'s> {
    open: Vec<Mapping>,
    block: Option<Block>,
    spans: &'s mut Vec<Span>,
}

/// A mapping that may still get keys.
#[derive(Default)]
struct Mapping {
    indent: usize,
    has_kind: bool,
    has_version: bool,
    is_secret: bool,
    is_named_like_a_secret: bool,
    values: Vec<Span>,
    data: Vec<Span>,
}

/// Lines that belong to one value because they are indented deeper than its key.
struct Block {
    indent: usize,
    inner_indent: Option<usize>,
    of: BlockOf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockOf {
    Data,
    Value,
    SecretKey,
}

impl Walk<'_> {
    fn line(&mut self, start: usize, line: &str) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            return;
        }
        if content == "---" {
            self.close_deeper_than(None);
            return;
        }
        if self.in_block(start + indent, indent, content) {
            return;
        }
        self.mapping_line(start + indent, indent, content);
    }

    fn in_block(&mut self, at: usize, indent: usize, content: &str) -> bool {
        let Some(block) = &mut self.block else {
            return false;
        };
        if indent <= block.indent {
            self.block = None;
            return false;
        }
        let inner_indent = *block.inner_indent.get_or_insert(indent);
        let whole = at..at + content.len();
        match (block.of, self.open.last_mut()) {
            (BlockOf::SecretKey, _) | (_, None) => self.spans.push(whole),
            (BlockOf::Value, Some(mapping)) => mapping.values.push(whole),
            (BlockOf::Data, Some(mapping)) => match key_and_value(content) {
                Some((_, value)) if indent == inner_indent => {
                    mapping.data.push(at + value.start..at + value.end);
                }
                _ => mapping.data.push(whole),
            },
        }
        true
    }

    fn mapping_line(&mut self, mut at: usize, mut indent: usize, mut content: &str) {
        let mut is_item = false;
        while let Some(rest) = content.strip_prefix("- ") {
            self.close_deeper_than(Some(indent));
            let inner = rest.trim_start_matches(' ');
            let step = content.len() - inner.len();
            (at, indent, content, is_item) = (at + step, indent + step, inner, true);
        }
        let Some((key, value)) = key_and_value(content) else {
            return;
        };
        self.close_deeper_than(Some(indent));
        if is_item || self.open.last().is_none_or(|mapping| mapping.indent < indent) {
            if self.open.len() == DEPTH_MAX {
                self.close_deeper_than(None);
            }
            self.open.push(Mapping { indent, ..Mapping::default() });
        }
        let Some(mapping) = self.open.last_mut() else {
            return;
        };
        let text = content[value.clone()].trim_matches(['"', '\'']);
        let span = at + value.start..at + value.end;
        let of = match key {
            "kind" => {
                mapping.has_kind = true;
                mapping.is_secret = text == "Secret";
                return;
            }
            "apiVersion" => {
                mapping.has_version = true;
                return;
            }
            "name" => {
                mapping.is_named_like_a_secret = keys::is_secret(text);
                return;
            }
            "data" | "stringData" => {
                mapping.data.push(span);
                BlockOf::Data
            }
            "value" => {
                mapping.values.push(span);
                BlockOf::Value
            }
            key if text.starts_with(['|', '>']) && keys::is_secret(key) => BlockOf::SecretKey,
            _ => return,
        };
        self.block = Some(Block { indent, inner_indent: None, of });
    }

    /// Ends every mapping that is indented deeper, or all of them.
    fn close_deeper_than(&mut self, indent: Option<usize>) {
        while let Some(mapping) =
            self.open.pop_if(|mapping| indent.is_none_or(|indent| mapping.indent > indent))
        {
            // A cut text may end before it says which kind it is.
            let unknown = mapping.has_version && !mapping.has_kind;
            if mapping.is_secret || unknown {
                self.spans.extend(mapping.data);
            }
            if mapping.is_named_like_a_secret {
                self.spans.extend(mapping.values);
            }
        }
        if indent.is_none() {
            self.block = None;
        }
    }
}

/// A key and where its value stands in the line.
fn key_and_value(content: &str) -> Option<(&str, Span)> {
    let colon = content.find(": ").or_else(|| content.strip_suffix(':').map(str::len))?;
    let key = content[..colon].trim_matches(['"', '\'']);
    if key.is_empty() || key.contains([' ', '{', '}', '[', ']', '"']) {
        return None;
    }
    let rest = &content[colon + 1..];
    let start = content.len() - rest.trim_start().len();
    Some((key, start..content.trim_end().len().max(start)))
}
