//! The secrets of this installation: key files outside the database, and everything derived from them.
//!
//! `server.key` proves desk credentials and seals device passwords; whoever loses it signs everybody out of SIP once. `log.key`
//! chains the log; without it nobody can extend or rewrite the log unnoticed, so it is never created anew beside a log that has rows.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const KEY_LEN: usize = 32;

/// The keys of one installation. `Debug` shows none of them.
#[derive(Clone)]
pub struct Keys {
    server: [u8; KEY_LEN],
    log: [u8; KEY_LEN],
    directory: PathBuf,
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file or its directory cannot be read or written.
    #[error("the key file {} cannot be used: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the key file {} does not hold 64 hexadecimal digits", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// A sealed value was changed, or sealed with another key.
    #[error("a sealed value cannot be opened with this key")]
    Sealed,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.directory.display())
    }
}

impl Keys {
    /// Reads `server.key` and `log.key`, creating what is missing with mode 0600.
    ///
    /// # Errors
    /// A file or the directory cannot be read, written or understood.
    pub fn load_or_create(directory: &Path) -> Result<Self, KeysError> {
        fs::create_dir_all(directory).map_err(|source| io_error(directory, source))?;
        Ok(Self {
            server: key_file(&directory.join("server.key"))?,
            log: key_file(&directory.join("log.key"))?,
            directory: directory.to_owned(),
        })
    }

    /// Where the keys live; the head of the log is kept there too.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The digest password of a desk: valid for this realm and this user name, which carries its expiry.
    #[must_use]
    pub fn desk_password(&self, realm: &str, auth_user: &str) -> String {
        STANDARD.encode(self.derive("desk-sip", &[realm.as_bytes(), auth_user.as_bytes()]))
    }

    /// A keyed digest under the log's key.
    #[must_use]
    pub fn log_mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.log, label, parts)
    }

    /// A keyed digest under the server's key. Labels keep the uses apart.
    #[must_use]
    pub fn derive(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.server, label, parts)
    }

    /// Seals a short text for the database. `context` (which row it belongs to) must be given again to open it, so that a sealed
    /// value cannot be moved to another row.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, context: &str, plain: &str) -> Result<String, KeysError> {
        self.seal_bytes(context, plain.as_bytes())
    }

    /// Seals bytes, as [`Keys::seal`] does a text.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal_bytes(&self, context: &str, plain: &[u8]) -> Result<String, KeysError> {
        let mut nonce = [0_u8; NONCE_LEN];
        random(&mut nonce)?;
        let mut sealed = plain.to_vec();
        self.sealing_key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| KeysError::Sealed)?;
        let mut out = nonce.to_vec();
        out.append(&mut sealed);
        Ok(STANDARD.encode(out))
    }

    /// Opens what [`Keys::seal`] made.
    ///
    /// # Errors
    /// The value or the context is not the one that was sealed.
    pub fn open(&self, context: &str, sealed: &str) -> Result<String, KeysError> {
        String::from_utf8(self.open_bytes(context, sealed)?).map_err(|_| KeysError::Sealed)
    }

    /// Opens what [`Keys::seal_bytes`] made.
    ///
    /// # Errors
    /// The value or the context is not the one that was sealed.
    pub fn open_bytes(&self, context: &str, sealed: &str) -> Result<Vec<u8>, KeysError> {
        let mut bytes = STANDARD.decode(sealed).map_err(|_| KeysError::Sealed)?;
        let Some((nonce, body)) = bytes.split_at_mut_checked(NONCE_LEN) else { return Err(KeysError::Sealed) };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeysError::Sealed)?;
        let plain = self.sealing_key()?.open_in_place(nonce, Aad::from(context.as_bytes()), body).map_err(|_| KeysError::Sealed)?;
        Ok(plain.to_vec())
    }

    fn sealing_key(&self) -> Result<LessSafeKey, KeysError> {
        let key = self.derive("seal", &[]);
        UnboundKey::new(&CHACHA20_POLY1305, &key).map(LessSafeKey::new).map_err(|_| KeysError::Sealed)
    }
}

/// Fills a buffer with random bytes of the system.
///
/// # Errors
/// The system gives none.
pub fn random(buffer: &mut [u8]) -> Result<(), KeysError> {
    getrandom::fill(buffer).map_err(|e| KeysError::Random(e.to_string()))
}

/// A new random token of 256 bits, safe in cookies and JSON.
///
/// # Errors
/// The system gives no random numbers.
pub fn new_token() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 32];
    random(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// How a token is stored: only its digest, so that a stolen database opens no session.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// HMAC-SHA256 over label and parts, each preceded by its length so that no two inputs run into each other.
fn mac(key: &[u8; KEY_LEN], label: &str, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length: this cannot fail, and an empty key would be the same as refusing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn key_file(path: &Path) -> Result<[u8; KEY_LEN], KeysError> {
    match fs::read_to_string(path) {
        Ok(text) => parse_key(text.trim()).ok_or_else(|| KeysError::Format { path: path.to_owned() }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let mut key = [0_u8; KEY_LEN];
            random(&mut key)?;
            write_private(path, format!("{}\n", hex(&key)).as_bytes()).map_err(|source| io_error(path, source))?;
            Ok(key)
        }
        Err(source) => Err(io_error(path, source)),
    }
}

/// Writes a file that only this user may read. An existing file is an error: two servers must not each make a key.
///
/// # Errors
/// The file exists or cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn parse_key(text: &str) -> Option<[u8; KEY_LEN]> {
    let mut key = [0_u8; KEY_LEN];
    if text.len() != KEY_LEN * 2 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(i * 2..i * 2 + 2)?, 16).ok()?;
    }
    Some(key)
}

fn io_error(path: &Path, source: io::Error) -> KeysError {
    KeysError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_restart_and_sealed_values_belong_to_their_row() {
        let dir = tempfile::tempdir().expect("temp dir");
        let first = Keys::load_or_create(dir.path()).expect("create");
        let sealed = first.seal("row 1", "ha1").expect("seal");
        let second = Keys::load_or_create(dir.path()).expect("load");
        assert_eq!(second.open("row 1", &sealed).expect("open"), "ha1");
        assert!(second.open("row 2", &sealed).is_err());
        assert_eq!(first.desk_password("a", "1:b"), second.desk_password("a", "1:b"));
        assert_ne!(first.desk_password("a", "1:b"), first.desk_password("a1", ":b"));
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        fs::write(dir.path().join("server.key"), "abc").expect("write");
        let error = Keys::load_or_create(dir.path()).expect_err("refused");
        assert!(error.to_string().contains("server.key"), "{error}");
    }
}
