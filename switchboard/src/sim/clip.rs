//! The visitor as VP8: reads the IVF file that `clip/draw.py` makes.

/// The clip, in the binary.
const CLIP: &[u8] = include_bytes!("clip/visitor.ivf");
/// Length of the file's head and of the head of each picture.
const FILE_HEAD: usize = 32;
const PICTURE_HEAD: usize = 12;

/// One picture.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// VP8 frame.
    pub data: &'static [u8],
    /// It can be shown without the ones before.
    pub key: bool,
}

/// Pictures a second.
pub const RATE: u64 = 15;

/// All pictures in order; the last is followed by the first.
pub fn pictures() -> Vec<Picture> {
    let mut rest = CLIP.get(FILE_HEAD..).unwrap_or_default();
    let mut out = Vec::new();
    while let Some(head) = rest.get(..PICTURE_HEAD) {
        let length = usize::try_from(u32::from_le_bytes([head[0], head[1], head[2], head[3]])).unwrap_or(usize::MAX);
        let Some(data) = rest.get(PICTURE_HEAD..PICTURE_HEAD.saturating_add(length)) else { break };
        // RFC 6386 9.1: the lowest bit of the first byte is 0 in key frames.
        out.push(Picture { data, key: data.first().is_some_and(|byte| byte & 1 == 0) });
        rest = &rest[PICTURE_HEAD + length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clip_has_a_key_frame_every_second() {
        let pictures = pictures();
        let keys: Vec<usize> = pictures.iter().enumerate().filter(|(_, p)| p.key).map(|(n, _)| n).collect();
        assert_eq!((pictures.len(), keys), (60, vec![0, 15, 30, 45]));
        assert_eq!(&CLIP[..12], b"DKIF\x00\x00\x20\x00VP80");
    }
}
