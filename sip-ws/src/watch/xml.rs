//! A small strict reader of XML documents for event bodies: UTF-8, namespaces, no document type, no entities of the document's own.
//! What could grow beyond the octets that came is not read at all: there is nothing to expand.

/// Elements inside of each other. The documents of the packages need seven.
pub const MAX_DEPTH: usize = 16;
/// Elements of a document.
pub const MAX_ELEMENTS: usize = 2_000;
/// Attributes and namespace declarations of one element.
pub const MAX_ATTRIBUTES: usize = 32;
/// Octets of a document, whatever may carry it.
pub const MAX_DOCUMENT: usize = 65_536;

/// Names without prefix, and values.
type Attributes = Vec<(Box<str>, String)>;

/// One element with all that is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its namespace; empty: none.
    pub(super) space: Box<str>,
    /// Its name without prefix.
    pub(super) name: Box<str>,
    attributes: Attributes,
    /// In document order.
    pub(super) children: Vec<Element>,
    text: String,
}

impl Element {
    /// The root of a document.
    pub(super) fn parse(document: &[u8]) -> Result<Self, &'static str> {
        if document.len() > MAX_DOCUMENT {
            return Err("document too large");
        }
        let text = std::str::from_utf8(document).map_err(|_| "not UTF-8")?;
        let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), elements: 0, scope: Vec::new() };
        reader.skip_between()?;
        let root = reader.element(0)?;
        reader.skip_between()?;
        if reader.rest.is_empty() { Ok(root) } else { Err("something behind the root") }
    }

    /// Value of an attribute without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.as_str())
    }

    /// A copy of an attribute's value, for fields that may be absent.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }

    /// Children of this name in the namespace of this element.
    pub(super) fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| &*child.name == name && child.space == self.space)
    }

    /// The first of them.
    pub(super) fn child<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        self.each(name).next()
    }

    /// The element's own text without white space around it; `None`: there is none.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// Text of a child.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name)?.text().map(str::to_owned)
    }

    /// Whether it is this element of this namespace.
    pub(super) fn is(&self, space: &str, name: &str) -> bool {
        &*self.space == space && &*self.name == name
    }
}

struct Reader<'a> {
    rest: &'a str,
    elements: usize,
    /// Namespaces that are declared here, the innermost last.
    scope: Vec<(&'a str, String)>,
}

impl<'a> Reader<'a> {
    /// White space, comments and processing instructions. A document type is refused, and with it every entity.
    fn skip_between(&mut self) -> Result<(), &'static str> {
        loop {
            self.rest = self.rest.trim_start_matches(is_space);
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = behind(rest, "-->")?.1;
            } else if let Some(rest) = self.rest.strip_prefix("<?") {
                self.rest = behind(rest, "?>")?.1;
            } else if self.rest.starts_with("<!") {
                return Err("document type");
            } else {
                return Ok(());
            }
        }
    }

    fn element(&mut self, depth: usize) -> Result<Element, &'static str> {
        self.elements += 1;
        if depth >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err("too deep or too many elements");
        }
        self.rest = self.rest.strip_prefix('<').ok_or("no element")?;
        let qualified = self.name()?;
        let outer = self.scope.len();
        let (attributes, is_empty) = self.attributes()?;
        let (space, name) = self.resolve(qualified)?;
        let mut element = Element { space, name: name.into(), attributes, children: Vec::new(), text: String::new() };
        if !is_empty {
            self.content(&mut element, depth)?;
            if self.name()? != qualified {
                return Err("another element is closed");
            }
            self.rest = self.rest.trim_start_matches(is_space).strip_prefix('>').ok_or("closing tag not closed")?;
        }
        self.scope.truncate(outer);
        Ok(element)
    }

    /// Up to and with `</`.
    fn content(&mut self, element: &mut Element, depth: usize) -> Result<(), &'static str> {
        loop {
            let (text, rest) = self.rest.split_at(self.rest.find('<').ok_or("element not closed")?);
            unescape(text, &mut element.text)?;
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix("</") {
                self.rest = rest;
                return Ok(());
            } else if let Some(rest) = rest.strip_prefix("<![CDATA[") {
                let (text, rest) = behind(rest, "]]>")?;
                element.text.push_str(text);
                self.rest = rest;
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                let before = rest.len();
                self.skip_between()?;
                debug_assert!(self.rest.len() < before);
            } else {
                element.children.push(self.element(depth + 1)?);
            }
        }
    }

    /// Attributes without prefix, and whether the element ends with them. Declarations go to the scope.
    fn attributes(&mut self) -> Result<(Attributes, bool), &'static str> {
        let mut found = Attributes::new();
        let mut names: Vec<&str> = Vec::new();
        loop {
            let trimmed = self.rest.trim_start_matches(is_space);
            let had_space = trimmed.len() < self.rest.len();
            self.rest = trimmed;
            if let Some(rest) = trimmed.strip_prefix("/>") {
                self.rest = rest;
                return Ok((found, true));
            }
            if let Some(rest) = trimmed.strip_prefix('>') {
                self.rest = rest;
                return Ok((found, false));
            }
            if !had_space {
                return Err("no space before an attribute");
            }
            let name = self.name()?;
            if names.len() >= MAX_ATTRIBUTES || names.contains(&name) {
                return Err("too many attributes, or one twice");
            }
            names.push(name);
            let value = self.value()?;
            if name == "xmlns" {
                self.scope.push(("", value));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scope.push((prefix, value));
            } else if !name.contains(':') {
                found.push((name.into(), value));
            }
        }
    }

    /// `="value"`.
    fn value(&mut self) -> Result<String, &'static str> {
        let rest = self.rest.trim_start_matches(is_space).strip_prefix('=').ok_or("attribute without value")?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("value without quotes")?;
        let (raw, rest) = rest[1..].split_once(quote).ok_or("value not closed")?;
        if raw.contains('<') {
            return Err("`<` in a value");
        }
        self.rest = rest;
        let mut value = String::new();
        unescape(raw, &mut value)?;
        Ok(value)
    }

    fn name(&mut self) -> Result<&'a str, &'static str> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err("no name");
        }
        self.rest = rest;
        Ok(name)
    }

    fn resolve(&self, qualified: &'a str) -> Result<(Box<str>, &'a str), &'static str> {
        let (prefix, name) = qualified.split_once(':').unwrap_or(("", qualified));
        match self.scope.iter().rev().find(|(known, _)| *known == prefix) {
            Some((_, space)) => Ok((space.as_str().into(), name)),
            None if prefix.is_empty() => Ok(("".into(), name)),
            None => Err("prefix without namespace"),
        }
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// What stands before and behind `end`.
fn behind<'a>(text: &'a str, end: &str) -> Result<(&'a str, &'a str), &'static str> {
    text.split_once(end).ok_or("not closed")
}

/// Appends text with its references replaced: the five of XML and numbers of characters.
fn unescape(text: &str, out: &mut String) -> Result<(), &'static str> {
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = reference.split_once(';').ok_or("reference not closed")?;
        let number = |digits, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| *c >= ' ' || is_space(*c));
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => match name.strip_prefix('#') {
                Some(hex) if hex.starts_with('x') => number(&hex[1..], 16).ok_or("no such character")?,
                Some(digits) => number(digits, 10).ok_or("no such character")?,
                None => return Err("unknown entity"),
            },
        });
        rest = after;
    }
    out.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn names_attributes_text_and_namespaces() {
        let text = "<?xml version=\"1.0\"?><!-- c --><a xmlns='urn:a' xmlns:p=\"urn:p\" k='1 &lt; &#50;'> x<!-- y -->z <p:b p:q='1'/><b>&amp;<![CDATA[<&]]></b></a> ";
        let root = Element::parse(text.as_bytes()).unwrap();
        assert!(root.is("urn:a", "a"));
        assert_eq!((root.attribute("k"), root.text()), (Some("1 < 2"), Some("xz")));
        assert_eq!(root.child("b").and_then(Element::text), Some("&<&"), "the one of the same namespace");
        assert_eq!((root.children.len(), &*root.children[0].space, root.children[0].attribute("q")), (2, "urn:p", None));
    }

    #[test]
    fn what_is_broken_or_could_grow_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
        for text in [
            "",
            "a",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a b/>",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a b='1'c='2'/>",
            "<a b='<'/>",
            "<p:a/>",
            "<a>&c;</a>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
            "<a>& b</a>",
            "<a><!ELEMENT b></a>",
            "<a><!-- </a>",
            "<1/>",
            bomb,
            external,
        ] {
            assert!(Element::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Element::parse(b"<a>\xff</a>").is_err());
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert!(Element::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(Element::parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(Element::parse(nested(9_000).as_bytes()).is_err());
        let wide = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n - 1));
        assert!(Element::parse(wide(MAX_ELEMENTS).as_bytes()).is_ok());
        assert!(Element::parse(wide(MAX_ELEMENTS + 1).as_bytes()).is_err());
        let attributes = |n: usize| format!("<a {}/>", (0..n).map(|i| format!("k{i}='' ")).collect::<String>());
        assert!(Element::parse(attributes(MAX_ATTRIBUTES).as_bytes()).is_ok());
        assert!(Element::parse(attributes(MAX_ATTRIBUTES + 1).as_bytes()).is_err());
        let long = |n: usize| format!("<a>{}</a>", "x".repeat(n - 7));
        assert!(Element::parse(long(MAX_DOCUMENT).as_bytes()).is_ok());
        assert!(Element::parse(long(MAX_DOCUMENT + 1).as_bytes()).is_err());
    }
}
