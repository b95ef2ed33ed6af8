//! Markdown and HTML, through one syntax tree of a Markdown library: escaping is its work, not ours.

use super::document::{Block, Document, Inline, Item, Numbering};
use comrak::nodes::{AstNode, ListDelimType, ListType, NodeCode, NodeCodeBlock, NodeHeading, NodeList, NodeValue};
use comrak::{Arena, Options};

/// The document as CommonMark.
pub(super) fn to_markdown(document: &Document) -> String {
    let arena = Arena::new();
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = comrak::format_commonmark(tree(&arena, document), &Options::default(), &mut out);
    out
}

/// The document as an HTML fragment.
pub(super) fn to_html(document: &Document) -> String {
    let arena = Arena::new();
    let mut out = String::new();
    let _ = comrak::format_html(tree(&arena, document), &Options::default(), &mut out);
    out
}

type Node<'a> = &'a AstNode<'a>;

fn tree<'a>(arena: &'a Arena<'a>, document: &Document) -> Node<'a> {
    let root = node(arena, NodeValue::Document);
    blocks(arena, root, document);
    root
}

fn node<'a>(arena: &'a Arena<'a>, value: NodeValue) -> Node<'a> {
    arena.alloc(value.into())
}

fn blocks<'a>(arena: &'a Arena<'a>, parent: Node<'a>, document: &[Block]) {
    for block in document {
        match block {
            Block::Heading(level, text) => {
                let heading =
                    node(arena, NodeValue::Heading(NodeHeading { level: *level, setext: false, closed: false }));
                inlines(arena, heading, &[Inline::Text(text.clone())]);
                parent.append(heading);
            }
            Block::Paragraph(line) => {
                let paragraph = node(arena, NodeValue::Paragraph);
                inlines(arena, paragraph, line);
                parent.append(paragraph);
            }
            Block::Code(language, text) => parent.append(node(arena, code_block(language, text))),
            Block::List(numbering, items) => list(arena, parent, *numbering, items),
        }
    }
}

fn list<'a>(arena: &'a Arena<'a>, parent: Node<'a>, numbering: Numbering, items: &[Item]) {
    let tight = items.iter().all(|item| item.below.is_empty());
    let shape = NodeList {
        list_type: if numbering == Numbering::Numbers { ListType::Ordered } else { ListType::Bullet },
        start: 1,
        delimiter: ListDelimType::Period,
        bullet_char: b'*',
        padding: if numbering == Numbering::Numbers { 3 } else { 2 },
        tight,
        ..NodeList::default()
    };
    let list = node(arena, NodeValue::List(shape));
    for item in items {
        let entry = node(arena, NodeValue::Item(shape));
        let paragraph = node(arena, NodeValue::Paragraph);
        inlines(arena, paragraph, &item.line);
        entry.append(paragraph);
        blocks(arena, entry, &item.below);
        list.append(entry);
    }
    parent.append(list);
}

fn inlines<'a>(arena: &'a Arena<'a>, parent: Node<'a>, line: &[Inline]) {
    for inline in line {
        match inline {
            Inline::Text(text) => parent.append(node(arena, NodeValue::Text(text.clone().into()))),
            Inline::Strong(text) => {
                let strong = node(arena, NodeValue::Strong);
                strong.append(node(arena, NodeValue::Text(text.clone().into())));
                parent.append(strong);
            }
            Inline::Value(text) => {
                parent.append(node(arena, NodeValue::Code(NodeCode { num_backticks: 1, literal: text.clone() })));
            }
        }
    }
}

/// A fence longer than any run of backticks inside, so that no text can close it.
fn code_block(language: &str, text: &str) -> NodeValue {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    NodeValue::CodeBlock(Box::new(NodeCodeBlock {
        fenced: true,
        fence_char: b'`',
        fence_length: longest.max(2) + 1,
        fence_offset: 0,
        info: language.to_owned(),
        literal: format!("{text}\n"),
        closed: true,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::document::{code, heading, item, paragraph, plain, strong, value};
    use super::*;
    use proptest::prelude::*;

    fn sample(text: &str) -> Document {
        vec![
            heading(2, "Section"),
            Block::List(Numbering::Bullets, vec![item(vec![strong("Key"), plain(": "), value(text)])]),
            paragraph(text),
            code("sh", text),
        ]
    }

    /// The texts that a reader of the Markdown would see.
    fn texts(markdown: &str) -> Vec<String> {
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, markdown, &Options::default());
        let text = |node: &AstNode| match &node.data().value {
            NodeValue::Text(text) => Some(text.to_string()),
            NodeValue::Code(code) => Some(code.literal.clone()),
            NodeValue::CodeBlock(block) => Some(block.literal.trim_end_matches('\n').to_owned()),
            NodeValue::SoftBreak | NodeValue::LineBreak => Some("\n".to_owned()),
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Link(_) | NodeValue::Image(_) => {
                Some("<active content>".to_owned())
            }
            _ => None,
        };
        root.descendants().filter_map(text).collect()
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "<script>alert(1)</script> [x](javascript:y) ![i](z) ``` # not a heading | **b** &lt; &amp;";
        let markdown = to_markdown(&sample(hostile));
        let seen = texts(&markdown).concat();
        assert!(!seen.contains("<active content>"), "{markdown}");
        assert_eq!(seen.matches(hostile).count(), 3, "{markdown}");
        let html = to_html(&sample(hostile));
        assert!(!html.contains("<script") && !html.contains("<a ") && !html.contains("<img"), "{html}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_the_text_it_was(text in "[ -~\u{80}-\u{2ff}]{0,40}") {
            let shown = crate::report::visible(&text).into_owned();
            let seen = texts(&to_markdown(&sample(&text))).concat();
            prop_assert!(!seen.contains("<active content>"));
            prop_assert!(seen.matches(shown.trim()).count() >= 3 || shown.trim().is_empty(), "{:?} in {:?}", shown, seen);
        }
    }
}
