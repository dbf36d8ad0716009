//! Who may import whom inside of the app: `use` lines and paths of every source file are read against the table.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// A layer, its files, and what their code must not name.
struct Layer {
    name: &'static str,
    files: fn(&str) -> bool,
    banned: &'static [&'static str],
}

/// Names of other layers inside of this crate, and crates that only one layer may touch.
const LAYERS: &[Layer] = &[
    Layer {
        name: "desk",
        files: |path| path.starts_with("desk/"),
        banned: &[
            "crate::driver",
            "crate::store",
            "crate::pages",
            "crate::components",
            "crate::runner",
            "crate::app",
            "leptos",
            "web_sys",
            "js_sys",
            "wasm_bindgen",
            "gloo",
            "std::time",
            "send_wrapper",
            "sip_ws::Agent",
            "sip_ws::endpoint",
        ],
    },
    Layer {
        name: "driver",
        files: |path| path.starts_with("driver/"),
        banned: &[
            "crate::desk",
            "crate::store",
            "crate::pages",
            "crate::components",
            "crate::runner",
            "crate::app",
            "leptos",
            "sip_ws::Agent",
            "sip_ws::endpoint",
            "std::time",
        ],
    },
    Layer {
        name: "store",
        files: |path| path.starts_with("store/"),
        banned: &[
            "crate::driver",
            "crate::pages",
            "crate::components",
            "crate::runner",
            "crate::app",
            "js_sys",
            "wasm_bindgen",
            "gloo",
            "sip_ws",
        ],
    },
    Layer {
        name: "pages",
        files: |path| path.starts_with("pages/"),
        banned: &["crate::driver", "crate::runner", "sip_ws", "wire", "js_sys", "wasm_bindgen", "gloo"],
    },
    Layer {
        name: "components",
        files: |path| path.starts_with("components/"),
        banned: &["crate::driver", "crate::runner", "crate::pages", "sip_ws", "wire", "js_sys", "wasm_bindgen", "gloo"],
    },
    Layer {
        name: "i18n",
        files: |path| path.starts_with("i18n/"),
        banned: &["crate::driver", "crate::runner", "crate::pages", "crate::components", "sip_ws", "wire", "js_sys"],
    },
    Layer {
        name: "runner and recorder",
        files: |path| path.starts_with("runner") || path.starts_with("recorder"),
        banned: &["crate::pages", "crate::components", "web_sys", "js_sys"],
    },
];

#[test]
fn every_layer_imports_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    let mut seen = vec![0; LAYERS.len()];
    for file in sources(&root) {
        let path = file.strip_prefix(&root).expect("a source file").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).expect("a readable source file");
        for (layer, count) in LAYERS.iter().zip(&mut seen) {
            if (layer.files)(&path) {
                *count += 1;
                for (number, line) in code(&text) {
                    for banned in layer.banned.iter().filter(|banned| names(line, banned)) {
                        faults.push(format!("{path}:{number}: {} must not name {banned}: {}", layer.name, line.trim()));
                    }
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "a layer has no files, so its rule checks nothing: {seen:?}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Every file says in its first line what it is.
#[test]
fn every_file_begins_with_its_subject() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let silent: Vec<_> =
        sources(&root).into_iter().filter(|file| !fs::read_to_string(file).is_ok_and(|text| text.starts_with("//! "))).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_rule_itself_catches_an_import() {
    assert!(names("use crate::driver::clock::Clock;", "crate::driver"));
    assert!(names("    web_sys::window()", "web_sys"));
    assert!(!names("use crate::desk::wired::X;", "wire"));
    assert!(!names("// wire is not code", "gloo"));
    assert_eq!(code("a\n// web_sys\nb").map(|(number, _)| number).collect::<Vec<_>>(), [1, 3]);
}

/// Lines that are not comments, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a line has `name` as a whole path segment.
fn names(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_none_or(|c| !word(c) && c != ':');
        let rest = &line[at + name.len()..];
        let after = if name.contains("::") { !rest.starts_with(word) } else { rest.starts_with("::") || rest.starts_with(';') };
        before && after
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
