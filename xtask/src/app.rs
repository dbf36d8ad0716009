//! The app as the switchboard serves it: Trunk's build, then nothing inline, wasm-opt, and a compressed copy beside each file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::run::{self, Failure, Result};

/// What the WASM may use. Not `--all-features`: that emits imports which browsers refuse.
const WASM_OPT: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

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
    let (html, loaders) = without_inline_scripts(&run::read(&page)?);
    for (name, script) in loaders {
        run::write(&dist.join(name), script)?;
    }
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

/// What a browser downloads for the first screen, in bytes of brotli: the page, all it names, and what those name.
pub fn first_screen(context: &Context) -> Result<Vec<(String, u64)>> {
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
    let mut sizes = Vec::new();
    for name in wanted {
        let compressed = dist.join(format!("{}.br", name));
        let plain = dist.join(&name);
        let length = fs::metadata(if compressed.is_file() { &compressed } else { &plain })
            .map_err(|error| Failure(format!("{} cannot be measured: {}", plain.display(), error)))?
            .len();
        sizes.push((name, length));
    }
    Ok(sizes)
}

/// Runs wasm-opt unless the same input was optimised last time; the result is kept in the cache.
fn optimise(context: &Context, wasm: &Path) -> Result<()> {
    let folder = context.cache.join("optimised");
    let (before, after) = (folder.join("before.wasm"), folder.join("after.wasm"));
    let input = fs::read(wasm).map_err(|error| Failure(format!("{} cannot be read: {}", wasm.display(), error)))?;
    if fs::read(&before).map_or(true, |last| last != input) || !after.is_file() {
        let _ = fs::remove_file(&before);
        fs::create_dir_all(&folder).map_err(|error| Failure(format!("{} cannot be created: {}", folder.display(), error)))?;
        run::step(context, "wasm-opt", context.command("wasm-opt").args(WASM_OPT).arg(wasm).arg("-o").arg(&after))?;
        run::write(&before, input)?;
    }
    fs::copy(&after, wasm).map_err(|error| Failure(format!("{} cannot be written: {}", wasm.display(), error)))?;
    Ok(())
}

/// Moves each inline script into a file of its own. Returns the page and the files to write.
fn without_inline_scripts(html: &str) -> (String, Vec<(String, String)>) {
    let mut page = String::with_capacity(html.len());
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        let tag_end = match rest[start..].find('>') {
            Some(offset) => start + offset,
            None => break,
        };
        let close = match rest[tag_end..].find("</script>") {
            Some(offset) => tag_end + offset,
            None => break,
        };
        let (tag, body) = (&rest[start..tag_end], rest[tag_end + 1..close].trim());
        page.push_str(&rest[..start]);
        page.push_str(tag);
        if !tag.contains(" src=") && !body.is_empty() {
            let name = format!("loader-{:016x}.js", fingerprint(body));
            page.push_str(&format!(" src=\"/{}\">", name));
            scripts.push((name, format!("{}\n", body)));
        } else {
            page.push('>');
            page.push_str(body);
        }
        page.push_str("</script>");
        rest = &rest[close + "</script>".len()..];
    }
    page.push_str(rest);
    (page, scripts)
}

/// Anything the policy would block: inline script or style, style attributes, event attributes.
fn inline_remains(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    for forbidden in ["<style", " style=", "javascript:", "nonce="] {
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
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
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

    const PAGE: &str = "<html><head><script type=\"module\">\nimport init from '/app-1.js';\nawait init();\n</script>\
        <script src=\"/theme.js\"></script></head><body class=\"on\"></body></html>";

    #[test]
    fn an_inline_loader_becomes_a_file() {
        let (html, scripts) = without_inline_scripts(PAGE);
        assert_eq!(scripts.len(), 1);
        let (name, script) = &scripts[0];
        assert!(html.contains(&format!("<script type=\"module\" src=\"/{}\"></script>", name)), "{}", html);
        assert!(html.contains("<script src=\"/theme.js\"></script>"));
        assert!(html.ends_with("<body class=\"on\"></body></html>"));
        assert_eq!(script, "import init from '/app-1.js';\nawait init();\n");
        assert_eq!(inline_remains(&html), None);
    }

    #[test]
    fn a_second_pass_changes_nothing() {
        let (html, _) = without_inline_scripts(PAGE);
        assert_eq!(without_inline_scripts(&html), (html.clone(), Vec::new()));
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
