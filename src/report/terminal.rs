//! Plain text for a terminal.

use super::document::{Block, Document, Inline, Item, Numbering};

/// The document as plain text: headings in capitals, lists indented, code as it stands.
pub(super) fn to_text(document: &Document) -> String {
    let mut out = String::new();
    blocks(&mut out, document, "");
    out
}

fn blocks(out: &mut String, document: &[Block], indent: &str) {
    for (n, block) in document.iter().enumerate() {
        let after_text = n > 0 && !matches!(document[n - 1], Block::Heading(..));
        if indent.is_empty() && after_text && matches!(block, Block::Paragraph(_)) {
            out.push('\n');
        }
        match block {
            Block::Heading(1, text) => push(out, indent, text),
            Block::Heading(_, text) => {
                out.push('\n');
                push(out, indent, &text.to_uppercase());
            }
            Block::Paragraph(line) => push(out, indent, &inline(line)),
            Block::Code(_, text) => text.lines().for_each(|line| push(out, &format!("{indent}    "), line)),
            Block::List(numbering, items) => list(out, *numbering, items, indent),
        }
    }
}

fn list(out: &mut String, numbering: Numbering, items: &[Item], indent: &str) {
    for (n, item) in items.iter().enumerate() {
        let mark = if numbering == Numbering::Numbers { format!("{}. ", n + 1) } else { "- ".to_owned() };
        push(out, indent, &format!("{mark}{}", inline(&item.line)));
        blocks(out, &item.below, &format!("{indent}   "));
    }
}

fn push(out: &mut String, indent: &str, line: &str) {
    out.push_str(indent);
    out.push_str(line);
    out.push('\n');
}

fn inline(line: &[Inline]) -> String {
    line.iter()
        .map(|part| match part {
            Inline::Text(text) | Inline::Strong(text) | Inline::Value(text) => text.as_str(),
        })
        .collect()
}
