//! `[tls]`: certificate files, or a private CA made on first start. Keys are created with mode 0600.

use crate::config::Tls;
use crate::keys::write_private;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A PEM file holds no certificate or no key.
    #[error("{} holds no usable {what}: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Why it is not there.
        reason: String,
    },
    /// Certificate and key do not belong together.
    #[error("certificate and key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
    /// The private CA could not sign.
    #[error("the private CA failed: {0}")]
    Ca(#[from] rcgen::Error),
}

/// The server's side of TLS 1.2 and 1.3 with this certificate.
///
/// # Errors
/// A file is missing, is something else, or certificate and key do not fit.
pub fn server_config(tls: &Tls) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let (certificate, key) = match tls {
        Tls::Files { certificate, key } => (certificate.clone(), key.clone()),
        Tls::PrivateCa { directory, names } => private_ca(directory, names)?,
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| pem(&certificate, "certificate", &e.to_string()))?;
    let key_der = PrivateKeyDer::from_pem_file(&key).map_err(|e| pem(&key, "private key", &e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)?;
    // WebSocket handshakes of browsers are HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Creates `ca.pem`, `ca.key`, `server.pem`, `server.key` where they are missing. Operators install `ca.pem` on their desks; the
/// server certificate is made anew when the names change.
fn private_ca(directory: &Path, names: &[String]) -> Result<(PathBuf, PathBuf), TlsError> {
    fs::create_dir_all(directory).map_err(|source| io(directory, source))?;
    let file = |name: &str| directory.join(name);
    let (ca_pem, ca_key) = (file("ca.pem"), file("ca.key"));
    if !ca_key.exists() {
        let key = KeyPair::generate()?;
        let certificate = ca_params().self_signed(&key)?;
        write_private(&ca_key, key.serialize_pem().as_bytes()).map_err(|source| io(&ca_key, source))?;
        fs::write(&ca_pem, certificate.pem()).map_err(|source| io(&ca_pem, source))?;
    }
    let (server_pem, server_key, server_names) = (file("server.pem"), file("server.key"), file("server.names"));
    let wanted = names.join("\n");
    if !server_key.exists() || fs::read_to_string(&server_names).ok().as_ref() != Some(&wanted) {
        let ca = KeyPair::from_pem(&fs::read_to_string(&ca_key).map_err(|source| io(&ca_key, source))?)?;
        let issuer = Issuer::new(ca_params(), ca);
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names.to_vec())?.signed_by(&key, &issuer)?;
        if server_key.exists() {
            fs::remove_file(&server_key).map_err(|source| io(&server_key, source))?;
        }
        write_private(&server_key, key.serialize_pem().as_bytes()).map_err(|source| io(&server_key, source))?;
        fs::write(&server_pem, certificate.pem()).map_err(|source| io(&server_pem, source))?;
        fs::write(&server_names, wanted).map_err(|source| io(&server_names, source))?;
    }
    Ok((server_pem, server_key))
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Portico private CA");
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn io(path: &Path, source: std::io::Error) -> TlsError {
    TlsError::Io { path: path.to_owned(), source }
}

fn pem(path: &Path, what: &'static str, reason: &str) -> TlsError {
    TlsError::Pem { path: path.to_owned(), what, reason: reason.to_owned() }
}
