//! What may be attached to a case, told from its bytes: a name or a declared type can say anything.

use super::words::vocabulary;

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// The largest attachment, in bytes.
pub const LARGEST: usize = 5 * 1024 * 1024;

vocabulary! {
    /// The kind of an attachment, as its media type.
    AttachmentKind {
        /// A picture.
        Png = "image/png",
        /// A photograph.
        Jpeg = "image/jpeg",
        /// A picture or photograph.
        Webp = "image/webp",
        /// A voice note, as WhatsApp sends it.
        Ogg = "audio/ogg",
        /// A recording.
        Mp3 = "audio/mpeg",
        /// A recording, as an iPhone makes it.
        M4a = "audio/mp4",
        /// A paper.
        Pdf = "application/pdf",
    }
}

impl AttachmentKind {
    /// What these bytes are, if it is something that may be attached.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let at = |from: usize, what: &[u8]| bytes.get(from..).is_some_and(|b| b.starts_with(what));
        if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Some(Self::Webp)
        } else if at(0, b"OggS\0") {
            Some(Self::Ogg)
        } else if at(0, b"ID3") || matches!(bytes, [0xff, 0xfb | 0xf3 | 0xf2, ..]) {
            Some(Self::Mp3)
        } else if at(4, b"ftypM4A ") {
            Some(Self::M4a)
        } else if at(0, b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }

    /// What a file of this kind is called: as its sender called it, without a path, and with the
    /// ending of what it is.
    #[must_use]
    pub fn file_name(self, given: &str) -> String {
        let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem: String = last
            .rsplit_once('.')
            .map_or(last, |(stem, _)| stem)
            .chars()
            .filter(|c| !c.is_control() && !turns(*c) && !"\"<>|:*?".contains(*c))
            .take(LONGEST_NAME)
            .collect();
        let ending = match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Pdf => "pdf",
        };
        let stem = stem.trim();
        format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
    }
}

/// Whether a character is seen by nobody and changes the order in which others are read: a name with
/// one can look as if it ended otherwise.
const fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A file that may be attached: what it is was told from its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    kind: AttachmentKind,
    name: String,
    bytes: Vec<u8>,
}

/// Why a file cannot be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFile {
    /// Larger than [`LARGEST`].
    #[error("a file may have 5 MB")]
    TooLarge,
    /// Something else than what may be attached, whatever it is called.
    #[error("only photographs, recordings and PDF can be attached")]
    WrongKind,
}

impl File {
    /// A file of these bytes, called so by its sender.
    ///
    /// # Errors
    /// [`NotAFile`].
    pub fn new(given: &str, bytes: Vec<u8>) -> Result<Self, NotAFile> {
        if bytes.len() > LARGEST {
            return Err(NotAFile::TooLarge);
        }
        let kind = AttachmentKind::of(&bytes).ok_or(NotAFile::WrongKind)?;
        let name = kind.file_name(given);
        Ok(Self { kind, name, bytes })
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> AttachmentKind {
        self.kind
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("File([sealed])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_is_told_from_its_bytes() {
        let files: [(&[u8], AttachmentKind); 8] = [
            (b"\x89PNG\r\n\x1a\n....", AttachmentKind::Png),
            (b"\xff\xd8\xff\xe0..JFIF", AttachmentKind::Jpeg),
            (b"RIFF\0\0\0\0WEBPVP8 ", AttachmentKind::Webp),
            (b"OggS\0....OpusHead", AttachmentKind::Ogg),
            (b"ID3\x04", AttachmentKind::Mp3),
            (b"\xff\xfb\x90\x00", AttachmentKind::Mp3),
            (b"\0\0\0\x1cftypM4A \0", AttachmentKind::M4a),
            (b"%PDF-1.7", AttachmentKind::Pdf),
        ];
        for (bytes, kind) in files {
            assert_eq!(AttachmentKind::of(bytes), Some(kind));
        }
    }

    #[test]
    fn a_name_is_read_as_it_is_written_and_ends_as_what_it_is() {
        let name = |given: &str| AttachmentKind::Jpeg.file_name(given);
        assert_eq!(name("../..\\pass\u{0}port.html"), "passport.jpg");
        // Shown, this would end with "exe.jpg" turned round.
        assert_eq!(name("photo\u{202e}gpj.exe"), "photogpj.jpg");
        assert_eq!(name("\u{2066}\u{feff}.png"), "file.jpg");
        assert_eq!(name("صورة.jpeg"), "صورة.jpg");
    }

    #[test]
    fn what_could_run_or_say_something_else_than_it_is_is_none_of_them() {
        let files: [&[u8]; 7] = [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<html><script>",
            b"MZ\x90\0",
            b"PK\x03\x04",
            b"RIFF\0\0\0\0AVI LIST",
            b"\0\0\0\x1cftypisom",
        ];
        for bytes in files {
            assert_eq!(AttachmentKind::of(bytes), None);
            assert_eq!(
                File::new("her.jpg", bytes.to_vec()),
                Err(NotAFile::WrongKind)
            );
        }
    }
}
