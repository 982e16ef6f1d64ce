//! No session machine.

use super::*;

#[test]
fn passes_everything_on() {
    let mut bare = Side::new(BareSession);
    assert_eq!(bare.start(), Seen::Opened(None));
    assert_eq!(bare.feed(b"\xff\0"), Ok(Seen::Message(b"\xff\0".to_vec())));
    assert!(!bare.kick(Some("bye")));
    assert_eq!(bare.answer(Answer::Refuse { code: 500 }), Ok(()));
    assert_eq!(bare.session.deadline(), None);
    assert_eq!(bare.tick(), Ok(()));
    assert_eq!(bare.written(), b"");
}
