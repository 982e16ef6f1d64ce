//! Packages have characters of several planes of Unicode.

use crate::testing::conformance::host::{Checked, Host};
use crate::testing::{Content, Subject};

/// Texts without control characters.
const LINES: [&str; 9] = [
    // The first and the last characters of two, three and four bytes.
    "\u{a0}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}",
    // Plane 0: Latin, Greek, Cyrillic, Han, Hangul, and right to left.
    "äß Ωμέγα жизнь 漢字 한글 שלום سلام",
    // Combined, and the same in one character.
    "e\u{301} \u{e9} a\u{30a} \u{e5}",
    // Plane 1: an emoji of three with joiners, mathematics, cuneiform.
    "👩\u{200d}🚀 👍🏽 𝔸𝕏 𒀀𒁀",
    // Planes 2 and 3: rare Han.
    "𠀀𪛟 𰀀𱍊",
    // Planes 14 to 16: tags, selectors, private use.
    "\u{e0001}\u{e0061}\u{e0100} \u{f0000}\u{ffffd} \u{100000}\u{10fffd}",
    // A mark at the beginning that readers of files skip, a replacement, and a non-character.
    "\u{feff}x\u{fffd}\u{fdd0}\u{feff}",
    // Spaces that are trimmed.
    "\u{3000}\u{2003} x \u{2003}\u{3000}",
    // Escapes of JSON, HTML and shells.
    "\\u0041 \\\" ' & &amp; %41 \\x41 $ ` < >",
];

/// Texts with control characters, and ends of lines.
const CONTROLS: [&str; 2] =
    ["\0\u{1}\t\r\n\u{b}\u{c}\u{1b}[0m\u{1f}\u{7f}", "\n\u{80}\u{85}\u{9f}\u{2028}\u{2029}\r"];

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    let controls = if subject.content() == Content::Line { &[][..] } else { &CONTROLS[..] };
    for text in LINES.iter().chain(controls) {
        for package in packages(subject, text) {
            let within = |what| format!("of the text \"{}\", {what}", text.escape_unicode());
            let bytes = subject.wrap(&package);
            let package = std::slice::from_ref(&package);
            pair.up(&bytes, 1, package).await.map_err(within)?;
            pair.down(package).await.map_err(within)?;
        }
    }
    pair.exchange(0).await
}

/// Returns the text as a JSON string in as many packages as the limit needs. Formats without
/// one are not asked to keep them apart.
fn packages<S: Subject>(subject: &S, text: &str) -> Vec<Vec<u8>> {
    let whole = subject.package(text.as_bytes());
    if whole.len() <= subject.limit() {
        return vec![whole];
    }
    text.chars().map(|character| subject.package(character.to_string().as_bytes())).collect()
}
