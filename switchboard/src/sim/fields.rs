//! Parameters of a request, in every form of the maker's document: query, form body, JSON body.

use std::collections::BTreeMap;

/// Parameters that are kept.
const MAX_FIELDS: usize = 16;

/// `name=value` pairs of a query or a form. The document separates them by `&` and, in one example, by a comma: both are read.
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split(['&', ',']).filter_map(|pair| pair.split_once('='));
    pairs.take(MAX_FIELDS).map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// The fields of a JSON object; texts and numbers count. `None` where it is no object.
pub fn json(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let fields = value.as_object()?.iter().take(MAX_FIELDS);
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    };
    Some(fields.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect())
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let escape = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, escape) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (other, _) => {
                out.push(*other);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn all_forms_give_the_same_fields() {
        let wanted = [("code", "1111"), ("relay", "1")];
        assert_eq!(of(&pairs("code=1111&relay=1")), wanted);
        assert_eq!(of(&pairs("code=1111,relay=1")), wanted);
        assert_eq!(of(&json(br#"{"code":"1111","relay":"1"}"#).expect("an object")), wanted);
        assert_eq!(of(&json(br#"{"code":1111,"relay":1,"x":[true]}"#).expect("an object")), wanted);
        assert_eq!(json(b"[1]"), None);
        assert_eq!(of(&pairs("password=a%26b+c%&%zz")), [("password", "a&b c%")]);
    }
}
