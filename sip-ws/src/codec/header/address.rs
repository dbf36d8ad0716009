//! Headers whose values are addresses: From, To, Contact, Route and the identity headers.

use crate::codec::{HeaderError, HeaderName, Message, NameAddr, scan};

/// The Contact headers of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Contacts {
    /// `*`: every binding, in a REGISTER that removes them (RFC 3261 s10.2.2).
    Star,
    /// The addresses in order, none where the header is absent.
    List(Vec<NameAddr>),
}

impl Contacts {
    /// The addresses; none for `*`.
    pub fn list(&self) -> &[NameAddr] {
        match self {
            Contacts::Star => &[],
            Contacts::List(list) => list,
        }
    }
}

impl Message {
    /// Who the request is from.
    ///
    /// # Errors
    /// Names From when it is missing or broken.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.one(HeaderName::From, NameAddr::parse)
    }

    /// Who the request is to.
    ///
    /// # Errors
    /// Names To when it is missing or broken.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.one(HeaderName::To, NameAddr::parse)
    }

    /// The first Contact address: the remote target of a dialog. `None` for `*` and without the header.
    ///
    /// # Errors
    /// Names Contact when the first value is broken.
    pub fn contact(&self) -> Result<Option<NameAddr>, HeaderError> {
        if self.header(HeaderName::Contact).is_none_or(|value| value == b"*") {
            return Ok(None);
        }
        self.one(HeaderName::Contact, |line| NameAddr::parse(scan::split_commas(line).next().unwrap_or_default())).map(Some)
    }

    /// All Contact values.
    ///
    /// # Errors
    /// Names Contact when a value is broken, when `*` is not alone, or when there are too many.
    pub fn contacts(&self) -> Result<Contacts, HeaderError> {
        let mut lines = self.header_values(HeaderName::Contact);
        if lines.next() == Some(b"*") {
            return match lines.next() {
                None => Ok(Contacts::Star),
                Some(_) => Err(HeaderError::new(HeaderName::Contact, "* is not alone")),
            };
        }
        self.addresses(HeaderName::Contact).map(Contacts::List)
    }

    /// The route set of the request.
    ///
    /// # Errors
    /// Names Route when a value is broken.
    pub fn routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::Route)
    }

    /// The proxies that stay in the dialog.
    ///
    /// # Errors
    /// Names Record-Route when a value is broken.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::RecordRoute)
    }

    /// RFC 3327.
    ///
    /// # Errors
    /// Names Path when a value is broken.
    pub fn path(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::Path)
    }

    /// RFC 3608.
    ///
    /// # Errors
    /// Names Service-Route when a value is broken.
    pub fn service_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::ServiceRoute)
    }

    /// RFC 3325; only for those who trust the peer.
    ///
    /// # Errors
    /// Names P-Asserted-Identity when a value is broken.
    pub fn p_asserted_identity(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::PAssertedIdentity)
    }

    /// RFC 3515.
    ///
    /// # Errors
    /// Names Refer-To when it is missing or broken.
    pub fn refer_to(&self) -> Result<NameAddr, HeaderError> {
        self.one(HeaderName::ReferTo, NameAddr::parse)
    }

    /// RFC 3892.
    ///
    /// # Errors
    /// Names Referred-By when it is missing or broken.
    pub fn referred_by(&self) -> Result<NameAddr, HeaderError> {
        self.one(HeaderName::ReferredBy, NameAddr::parse)
    }

    /// RFC 7044.
    ///
    /// # Errors
    /// Names History-Info when a value is broken.
    pub fn history_info(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(HeaderName::HistoryInfo)
    }

    /// All values of a header whose values are addresses.
    ///
    /// # Errors
    /// Names the header when a value is broken or there are too many.
    pub fn addresses(&self, name: HeaderName) -> Result<Vec<NameAddr>, HeaderError> {
        self.list(name, NameAddr::parse)
    }
}
