//! The routes that are like one that does not exist.

use connector_protocol::distance;

/// The most routes to suggest.
const MOST: usize = 3;
/// A longer name is nobody's misspelling, and comparing takes the product of two lengths.
const LONGEST: usize = 128;

/// Returns the routes that a misspelled name may stand for, the most similar first.
///
/// Case and underscores do not count. Of each part, up to a third of the letters may differ;
/// where the last part is right, the others need not be alike.
pub(crate) fn nearest<'r>(name: &str, routes: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let wanted = folded(name);
    let mut found: Vec<_> =
        routes.filter_map(|route| Some((difference(&wanted, &folded(route))?, route))).collect();
    // Equally similar ones stay in the order of the table.
    found.sort_by_key(|(difference, _)| *difference);
    found.truncate(MOST);
    found.into_iter().map(|(_, route)| route).collect()
}

fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|char| *char != '_').flat_map(char::to_lowercase).collect()
}

/// Returns the number of letters that differ; `None` if the two are not alike.
fn difference(one: &[char], other: &[char]) -> Option<usize> {
    let parts = |name| <[char]>::split(name, |char| *char == '.');
    if parts(one).count() == parts(other).count() {
        let letters = parts(one).zip(parts(other)).map(|(one, other)| {
            let letters = distance(one, other);
            (letters <= one.len().max(other.len()) / 3).then_some(letters)
        });
        if let Some(letters) = letters.sum() {
            return Some(letters);
        }
    }
    // `send` or `chat.send` for `chat.chatHandler.send` comes behind what is misspelled.
    (parts(one).next_back() == parts(other).next_back()).then_some(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const ROUTES: [&str; 5] = [
        "chat.chatHandler.send",
        "chat.chatHandler.leave",
        "chat.roomHandler.send",
        "game.lobbyHandler.joinRoom",
        "a.b.c",
    ];

    fn of(name: &str) -> Vec<&'static str> {
        nearest(name, ROUTES.into_iter())
    }

    #[test]
    fn misspelled_routes_are_found() {
        assert_eq!(of("chat.chatHandler.sned")[0], "chat.chatHandler.send");
        assert_eq!(of("chat.chathandler.Send")[0], "chat.chatHandler.send");
        assert_eq!(of("chat.roomHandle.send")[0], "chat.roomHandler.send");
        assert_eq!(of("game.lobbyHandler.join_room"), ["game.lobbyHandler.joinRoom"]);
        assert_eq!(of("game.lobby.joinRoom"), ["game.lobbyHandler.joinRoom"]);
    }

    #[test]
    fn the_last_part_alone_is_enough() {
        assert_eq!(of("send"), ["chat.chatHandler.send", "chat.roomHandler.send"]);
        assert_eq!(of("lobby.joinRoom"), ["game.lobbyHandler.joinRoom"]);
    }

    #[test]
    fn what_is_like_nothing_has_no_neighbours() {
        assert!(of("shop.cartHandler.buy").is_empty(), "{:?}", of("shop.cartHandler.buy"));
        assert!(of("").is_empty() && of("x").is_empty());
        assert!(of(&"chat.chatHandler.send".repeat(100)).is_empty());
    }
}
