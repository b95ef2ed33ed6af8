//! What the documents say is so.

use lanner::config::Config;
use std::fs;
use std::path::Path;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the document is there")
}

/// The fenced block of a language that holds `words`.
fn block(text: &str, language: &str, words: &str) -> String {
    let start = format!("```{language}\n");
    let blocks = text.split(&start).skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.into_iter().find(|block| block.contains(words)).expect("the block is there").to_owned()
}

#[test]
fn the_configuration_in_the_readme_is_the_default() {
    let yaml = block(&document("README.md"), "yaml", "max_groups");
    let documented = Config::parse(&yaml, "README.md", &|_| None).expect("it is a configuration");
    let default = Config::parse("", "defaults", &|_| None).expect("the defaults are a configuration");
    assert_eq!(format!("{documented:#?}"), format!("{default:#?}"));
}

#[test]
fn the_rooms_of_the_architecture_are_there() {
    let text = document("ARCHITECTURE.md");
    let rooms = text.split("## Rooms").nth(1).and_then(|rest| rest.split("## Promises").next()).expect("the chapter");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in fs::read_dir(&source).expect("src can be listed") {
        let name = room.expect("src can be listed").file_name().to_string_lossy().into_owned();
        let known = rooms.contains(&format!("`{name}")) || ["lib.rs", "main.rs"].contains(&name.as_str());
        assert!(known, "ARCHITECTURE.md does not name the room {name}");
    }
    for test in text.match_indices("`tests/").filter_map(|(at, _)| text[at + 1..].split('`').next()) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(test).exists(), "{test} is named and not there");
    }
}
