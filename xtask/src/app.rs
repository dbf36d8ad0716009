//! The app as the switchboard serves it: Trunk's build, then nothing inline, wasm-opt, and a compressed copy beside each file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::run::{self, Failure, Result};

/// How the WASM is made small, and what it may use. Not `--all-features`: that emits imports which browsers refuse. What counts is the
/// download: the smallest code (`-Oz`) packs worse than this, by 9 kB of brotli for the desk, and inlining packs worst.
const WASM_OPT: [&str; 9] = [
    "-O2",
    "--skip-pass=inlining-optimizing",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The program of the sign-in page, which Trunk hashes, and those of the desk, the office and a screen's wallboard, which it does not.
const GATE: &str = "gate";
const DESK: &str = "app";
const OFFICE: &str = "office";
const WALL: &str = "wall";
/// The script that starts one of them, and its lines with their names.
const LOADER: &str = "loader.js";
const LOADER_FILES: &str = "const FILES = {
  gate: null,
  desk: ['/app.js', '/app_bg.wasm'],
  office: ['/office.js', '/office_bg.wasm'],
  wall: ['/wall.js', '/wall_bg.wasm'],
};";

/// Writes `X.br` and `X.gz` beside each file that shrinks.
const COMPRESS: &str = include_str!("compress.mjs");

/// Builds the release app into `dist/`.
pub fn build(context: &Context) -> Result<()> {
    let mut trunk = context.command("trunk");
    // Trunk takes NO_COLOR=1 for a malformed flag of its own, and a backtrace of it hides what the compiler said.
    trunk.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0").args(["build", "--release", "--offline"]);
    run::step(context, "App (trunk, release)", &mut trunk)?;
    let dist = context.dist();
    let page = dist.join("index.html");
    let gate = ["js", "wasm"].map(|kind| file_of(&dist, GATE, kind));
    let [gate_script, gate_wasm] = [found(&gate[0])?, found(&gate[1])?];
    let (desk, office, wall) = (hash_program(&dist, DESK)?, hash_program(&dist, OFFICE)?, hash_program(&dist, WALL)?);
    // Trunk would start the sign-in page at once; here the loader decides what this page begins with.
    let html = without_start(&run::read(&page)?, &format!("{}-", GATE));
    let loader = dist.join(LOADER);
    let programs = [
        ("gate", [gate_script, gate_wasm]),
        ("desk", [&desk.0, &desk.1]),
        ("office", [&office.0, &office.1]),
        ("wall", [&wall.0, &wall.1]),
    ];
    let script = name_files(&run::read(&loader)?, programs)?;
    let loader_name = format!("loader-{:016x}.js", fingerprint(script.as_bytes()));
    run::write(&dist.join(&loader_name), script)?;
    fs::remove_file(&loader).map_err(|error| Failure(format!("{} cannot be removed: {}", loader.display(), error)))?;
    let html = html.replace(&format!("\"/{}\"", LOADER), &format!("\"/{}\"", loader_name));
    let html = with_one_style_sheet(&html, &dist)?;
    if let Some(found) = inline_remains(&html) {
        return Err(Failure(format!("dist/index.html still has {}, which the content security policy forbids", found)));
    }
    run::write(&page, html)?;
    for file in files(&dist)?.iter().filter(|file| file.extension().map_or(false, |extension| extension == "wasm")) {
        optimise(context, file)?;
    }
    let script = context.cache.join("tools").join("compress.mjs");
    run::write(&script, COMPRESS)?;
    run::step(context, "Compressed copies (brotli, gzip)", context.command("node").arg(&script).arg(&dist))
}

/// A file and its bytes of brotli.
pub type Weight = (String, u64);

/// What a browser downloads, in bytes of brotli.
#[derive(Default)]
pub struct Weights {
    /// For the first screen: the page, all it names, and what those name.
    pub first_screen: Vec<Weight>,
    /// The desk's program, which the loader names too but fetches behind that screen.
    pub desk: Vec<Weight>,
    /// The program of the office, likewise.
    pub office: Vec<Weight>,
    /// The program of a screen's wallboard, which needs nothing before it but the page.
    pub wall: Vec<Weight>,
}

/// Weighs what was built.
pub fn weights(context: &Context) -> Result<Weights> {
    let dist = context.dist();
    let names: Vec<String> = files(&dist)?
        .iter()
        .filter_map(|file| Some(file.strip_prefix(&dist).ok()?.to_string_lossy().replace('\\', "/")))
        .filter(|name| !name.ends_with(".br") && !name.ends_with(".gz"))
        .collect();
    let mut wanted = vec!["index.html".to_owned()];
    let mut next = 0;
    while let Some(name) = wanted.get(next).cloned() {
        next += 1;
        // Scripts name further files; WASM and pictures are looked at for none.
        if ["html", "js", "css"].iter().any(|kind| name.ends_with(&format!(".{}", kind))) {
            let text = run::read(&dist.join(&name))?;
            for other in &names {
                if !wanted.contains(other) && text.contains(other.as_str()) {
                    wanted.push(other.clone());
                }
            }
        }
    }
    let mut weights = Weights::default();
    for name in wanted {
        let compressed = dist.join(format!("{}.br", name));
        let plain = dist.join(&name);
        let length = fs::metadata(if compressed.is_file() { &compressed } else { &plain })
            .map_err(|error| Failure(format!("{} cannot be measured: {}", plain.display(), error)))?
            .len();
        let group = match name.split('-').next() {
            Some(DESK) => &mut weights.desk,
            Some(OFFICE) => &mut weights.office,
            Some(WALL) => &mut weights.wall,
            _ => &mut weights.first_screen,
        };
        group.push((name, length));
    }
    Ok(weights)
}

/// Runs wasm-opt unless the same input was optimised last time; the result is kept in the cache, one for each program.
fn optimise(context: &Context, wasm: &Path) -> Result<()> {
    let folder = context.cache.join("optimised");
    let name = wasm.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let program = name.split('-').next().unwrap_or_default().to_owned();
    let (before, after) = (folder.join(format!("{}.before.wasm", program)), folder.join(format!("{}.after.wasm", program)));
    let input = fs::read(wasm).map_err(|error| Failure(format!("{} cannot be read: {}", wasm.display(), error)))?;
    if fs::read(&before).map_or(true, |last| last != input) || !after.is_file() {
        let _ = fs::remove_file(&before);
        fs::create_dir_all(&folder).map_err(|error| Failure(format!("{} cannot be created: {}", folder.display(), error)))?;
        run::step(context, &format!("wasm-opt ({})", program), context.command("wasm-opt").args(WASM_OPT).arg(wasm).arg("-o").arg(&after))?;
        run::write(&before, input)?;
    }
    fs::copy(&after, wasm).map_err(|error| Failure(format!("{} cannot be written: {}", wasm.display(), error)))?;
    Ok(())
}

/// Gives the two files of a program names with a hash of their content. Returns the script's and the WASM's.
fn hash_program(dist: &Path, program: &str) -> Result<(String, String)> {
    let (script, wasm) = (dist.join(format!("{}.js", program)), dist.join(format!("{}_bg.wasm", program)));
    let code = fs::read(&wasm).map_err(|error| Failure(format!("{} cannot be read: {}", wasm.display(), error)))?;
    let text = run::read(&script)?;
    let stem = format!("{}-{:016x}", program, fingerprint(&[&code[..], text.as_bytes()].concat()));
    let names = (format!("{}.js", stem), format!("{}_bg.wasm", stem));
    run::write(&dist.join(&names.0), text.replace(&format!("{}_bg.wasm", program), &names.1))?;
    run::write(&dist.join(&names.1), code)?;
    for old in [script, wasm] {
        fs::remove_file(&old).map_err(|error| Failure(format!("{} cannot be removed: {}", old.display(), error)))?;
    }
    Ok(names)
}

/// The name of a program's hashed file of one kind.
fn file_of(dist: &Path, program: &str, kind: &str) -> Option<String> {
    let mut names = files(dist).ok()?.into_iter().filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
    names.find(|name| name.starts_with(&format!("{}-", program)) && name.ends_with(&format!(".{}", kind)))
}

fn found(name: &Option<String>) -> Result<&str> {
    name.as_deref().ok_or_else(|| Failure("Trunk wrote no program for the sign-in page".to_owned()))
}

/// The loader with the names of this build.
fn name_files(loader: &str, programs: [(&str, [&str; 2]); 4]) -> Result<String> {
    if !loader.contains(LOADER_FILES) {
        return Err(Failure(format!("assets/{} lacks these lines:\n{}", LOADER, LOADER_FILES)));
    }
    let named: Vec<String> =
        programs.iter().map(|(program, [script, wasm])| format!("{}: ['/{}', '/{}']", program, script, wasm)).collect();
    Ok(loader.replace(LOADER_FILES, &format!("const FILES = {{ {} }};", named.join(", "))))
}

/// Takes out what Trunk adds to start a program: its inline script, and the links that fetch the program early.
fn without_start(html: &str, program: &str) -> String {
    let mut page = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        page.push_str(&rest[..start]);
        rest = &rest[start..];
        let tag_end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let tag = &rest[..tag_end];
        let script = tag.starts_with("<script") && !tag.contains(" src=");
        let early = tag.starts_with("<link") && tag.contains("preload") && tag.contains(program);
        let length = match rest.find("</script>") {
            Some(close) if script => close + "</script>".len(),
            _ => tag_end,
        };
        if !script && !early {
            page.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    page.push_str(rest);
    page
}

/// Puts the content of all style sheets into one file, in their order: each of them would be waited for before the first frame.
fn with_one_style_sheet(html: &str, dist: &Path) -> Result<String> {
    let mut page = String::with_capacity(html.len());
    let mut styles = String::new();
    let mut place = None;
    let mut rest = html;
    while let Some(start) = rest.find("<link") {
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        let tag = &rest[start..end];
        page.push_str(&rest[..start]);
        match href(tag).filter(|name| tag.contains("\"stylesheet\"") && name.ends_with(".css")) {
            Some(name) => {
                let file = dist.join(name.trim_start_matches('/'));
                styles.push_str(&run::read(&file)?);
                styles.push('\n');
                fs::remove_file(&file).map_err(|error| Failure(format!("{} cannot be removed: {}", file.display(), error)))?;
                place.get_or_insert(page.len());
            }
            None => page.push_str(tag),
        }
        rest = &rest[end..];
    }
    page.push_str(rest);
    if let Some(place) = place {
        let name = format!("style-{:016x}.css", fingerprint(styles.as_bytes()));
        page.insert_str(place, &format!("<link rel=\"stylesheet\" href=\"/{}\">", name));
        run::write(&dist.join(&name), styles)?;
    }
    Ok(page)
}

/// The address in a tag.
fn href(tag: &str) -> Option<&str> {
    let value = &tag[tag.find("href=\"")? + "href=\"".len()..];
    value.split('"').next()
}

/// Anything the policy would block: inline script or style, style attributes, event attributes.
fn inline_remains(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    for forbidden in ["<script>", "<style", " style=", "javascript:", "nonce="] {
        if lower.contains(forbidden) {
            return Some(format!("`{}`", forbidden.trim()));
        }
    }
    let mut rest = lower.as_str();
    while let Some(start) = rest.find(" on") {
        let name: String = rest[start + 1..].chars().take_while(char::is_ascii_alphabetic).collect();
        let inside_tag = rest[..start].rfind('<') > rest[..start].rfind('>');
        if name.len() > 2 && rest[start + 1 + name.len()..].starts_with('=') && inside_tag {
            return Some(format!("`{}=`", name));
        }
        rest = &rest[start + 3..];
    }
    None
}

/// FNV-1a: names a file by its content so that it can be cached for ever.
fn fingerprint(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| Failure(format!("{} cannot be read: {}", folder.display(), error)))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "<html><head><script type=\"module\" src=\"/loader.js\"></script><script type=\"module\">\nimport init from '/gate-1.js';\n\
        if (1 < 2) await init();\n</script><link rel=\"modulepreload\" href=\"/gate-1.js\"><link rel=\"stylesheet\" href=\"/gate-2.css\">\
        </head><body class=\"on\">1 &lt; 2</body></html>";

    #[test]
    fn the_page_starts_nothing_but_the_loader() {
        let html = without_start(PAGE, "gate-");
        assert_eq!(
            html,
            "<html><head><script type=\"module\" src=\"/loader.js\"></script><link rel=\"stylesheet\" href=\"/gate-2.css\">\
             </head><body class=\"on\">1 &lt; 2</body></html>"
        );
        assert_eq!(inline_remains(&html), None);
        assert_eq!(without_start(&html, "gate-"), html, "a second pass changes nothing");
    }

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let dist = std::env::temp_dir().join(format!("portico-styles-{}", std::process::id()));
        fs::create_dir_all(&dist).expect("a folder");
        for (name, style) in [("b.css", "p { color: red }"), ("a.css", "p { color: blue }")] {
            fs::write(dist.join(name), style).expect("a style sheet");
        }
        let html = "<head><link rel=\"icon\" href=\"/i.svg\"><link rel=\"stylesheet\" href=\"/b.css\" integrity=\"x\"><title>T</title>\
                    <link rel=\"stylesheet\" href=\"/a.css\"></head>";
        let page = with_one_style_sheet(html, &dist).expect("one file");
        let left = files(&dist).expect("files");
        assert_eq!(left.len(), 1, "{:?}", left);
        assert_eq!(run::read(&left[0]).expect("the style"), "p { color: red }\np { color: blue }\n");
        let name = left[0].file_name().expect("a name").to_string_lossy().into_owned();
        let expected =
            format!("<head><link rel=\"icon\" href=\"/i.svg\"><link rel=\"stylesheet\" href=\"/{}\"><title>T</title></head>", name);
        assert_eq!(page, expected);
        fs::remove_dir_all(&dist).expect("it is ours");
    }

    #[test]
    fn the_loader_learns_the_names_of_the_build() {
        let loader = include_str!("../../assets/loader.js");
        let programs = [
            ("gate", ["gate-1.js", "gate-1_bg.wasm"]),
            ("desk", ["app-2.js", "app-2_bg.wasm"]),
            ("office", ["office-3.js", "office-3_bg.wasm"]),
            ("wall", ["wall-4.js", "wall-4_bg.wasm"]),
        ];
        let named = name_files(loader, programs).expect("the lines are there");
        let line = "{ gate: ['/gate-1.js', '/gate-1_bg.wasm'], desk: ['/app-2.js', '/app-2_bg.wasm'], \
                    office: ['/office-3.js', '/office-3_bg.wasm'], wall: ['/wall-4.js', '/wall-4_bg.wasm'] };";
        assert!(named.contains(line), "{}", named);
        assert!(name_files("const OTHER = 1;", programs).is_err());
    }

    #[test]
    fn what_the_policy_would_block_is_found() {
        for (html, found) in [
            ("<p style=\"color: red\">", "`style=`"),
            ("<STYLE>p{}</STYLE>", "`<style`"),
            ("<body onload=\"go()\">", "`onload=`"),
            ("<a href=\"javascript:go()\">", "`javascript:`"),
        ] {
            assert_eq!(inline_remains(html).as_deref(), Some(found));
        }
        assert_eq!(inline_remains("<p>Turn on=off is text</p>"), None);
    }
}
