//! The built app, read once at start: no path of a request ever reaches the file system.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files larger than this are not part of an app.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The files of the app by path below the root.
#[derive(Debug, Clone, Default)]
pub struct Assets(Arc<HashMap<String, Asset>>);

#[derive(Debug)]
struct Asset {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    kind: &'static str,
    etag: String,
    immutable: bool,
}

/// The directory of the app cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file or the directory cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no page in it.
    #[error("{} holds no index.html: build the app first, or name the directory of the built app", .0.display())]
    NoIndex(PathBuf),
}

impl Assets {
    /// Reads a directory.
    ///
    /// # Errors
    /// It cannot be read or holds no `index.html`.
    pub fn load(root: &Path) -> Result<Self, AssetsError> {
        let mut files = HashMap::new();
        let mut directories = vec![root.to_owned()];
        while let Some(directory) = directories.pop() {
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |source| AssetsError::Io { path, source }
            };
            for entry in std::fs::read_dir(&directory).map_err(failed(&directory))? {
                let path = entry.map_err(failed(&directory))?.path();
                let meta = std::fs::metadata(&path).map_err(failed(&path))?;
                if meta.is_dir() {
                    directories.push(path);
                } else if meta.len() <= MAX_FILE
                    && let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
                {
                    let bytes = std::fs::read(&path).map_err(failed(&path))?;
                    files.insert(name.replace('\\', "/"), Bytes::from(bytes));
                }
            }
        }
        if !files.contains_key("index.html") {
            return Err(AssetsError::NoIndex(root.to_owned()));
        }
        Ok(Self(Arc::new(assemble(&files))))
    }

    /// Version of the program and digest of its page, which names all other files by their hashes.
    #[must_use]
    pub fn build(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match self.0.get("index.html") {
            Some(page) => format!("{version}+{}", page.etag.get(..8).unwrap_or_default()),
            None => version.to_owned(),
        }
    }

    /// The file for a path, or the page for a route of the app. What looks like a file and is none is missing.
    fn find(&self, path: &str) -> Option<&Asset> {
        let name = path.trim_start_matches('/');
        let last = name.rsplit('/').next().unwrap_or_default();
        self.0.get(name).or_else(|| if last.contains('.') { None } else { self.0.get("index.html") })
    }
}

/// Serves the files.
pub(super) fn routes(assets: Assets) -> Router {
    Router::new().fallback(serve).with_state(assets)
}

async fn serve(State(assets): State<Assets>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match assets.find(request.uri().path()) {
        Some(asset) => answer(asset, request.headers()),
        // Browsers ask for it unasked; a missing icon is no error worth a line in their console.
        None if request.uri().path() == "/favicon.ico" => StatusCode::NO_CONTENT.into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

fn answer(asset: &Asset, request: &HeaderMap) -> Response {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (bytes, encoding) = match (&asset.brotli, &asset.gzip) {
        (Some(bytes), _) if accepts(accepted, "br") => (bytes, Some("br")),
        (_, Some(bytes)) if accepts(accepted, "gzip") => (bytes, Some("gzip")),
        (_, _) => (&asset.plain, None),
    };
    let etag = format!("\"{}{}\"", asset.etag, encoding.map(|e| format!("-{e}")).unwrap_or_default());
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unchanged = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes.clone()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let headers = response.headers_mut();
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Whether a client takes an encoding: named, and not with `q=0`.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        named && !parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0)))
    })
}

fn assemble(files: &HashMap<String, Bytes>) -> HashMap<String, Asset> {
    let is_copy =
        |name: &str| [".br", ".gz"].iter().any(|ending| name.strip_suffix(ending).is_some_and(|original| files.contains_key(original)));
    let assets = files.iter().filter(|(name, _)| !is_copy(name)).map(|(name, plain)| {
        let asset = Asset {
            plain: plain.clone(),
            brotli: files.get(&format!("{name}.br")).cloned(),
            gzip: files.get(&format!("{name}.gz")).cloned(),
            kind: kind(name),
            etag: crate::keys::hex(&Sha256::digest(plain)[..12]),
            immutable: is_hashed(name),
        };
        (name.clone(), asset)
    });
    assets.collect()
}

/// Whether a name carries a hash of its content (`app-1a2b3c4d5e6f7a8b_bg.wasm`): such a file never changes under its name.
fn is_hashed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.split(['-', '.', '_'])
        .skip(1)
        .any(|part| part.len() >= 12 && part.len() <= 64 && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_told_from_plain_ones() {
        assert!(is_hashed("app-1a2b3c4d5e6f7a8b.js"));
        assert!(is_hashed("app-1a2b3c4d5e6f7a8b_bg.wasm"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("sounds/ring-tone.wav"));
        assert!(!is_hashed("deadbeefdeadbeef/readme.txt"));
    }

    #[test]
    fn an_encoding_can_be_declined() {
        assert!(accepts("gzip, deflate, br;q=0.5", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("brotli", "br"));
    }
}
