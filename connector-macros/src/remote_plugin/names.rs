//! Names on the wire, and in Rust.

use proc_macro2::{Ident, Span};

/// The identifier for a name on the wire: `readFile` becomes `read_file`. `None` for a name
/// that no identifier is like.
pub(crate) fn ident(name: &str, span: Span) -> Option<Ident> {
    let snake = snake(name);
    let is_ident = |text: &str| syn::parse_str::<Ident>(text).is_ok();
    if is_ident(&snake) {
        return Some(Ident::new(&snake, span));
    }
    // A keyword is raw, and the few that cannot be get an underscore.
    if is_ident(&format!("r#{snake}")) {
        return Some(Ident::new_raw(&snake, span));
    }
    let marked = format!("{snake}_");
    is_ident(&marked).then(|| Ident::new(&marked, span))
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let chars: Vec<char> = name.chars().collect();
    for (at, char) in chars.iter().enumerate() {
        let begins = char.is_uppercase() && at > 0 && {
            let last = chars[at - 1];
            let next = chars.get(at + 1);
            last.is_lowercase()
                || last.is_ascii_digit()
                || (last.is_uppercase() && next.is_some_and(|next| next.is_lowercase()))
        };
        if begins {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        let rust = |name: &str| ident(name, Span::call_site()).map(|ident| ident.to_string());
        for (name, expected) in [
            ("readFile", "read_file"),
            ("createVMAccount", "create_vm_account"),
            ("currentbranch", "currentbranch"),
            ("getURL", "get_url"),
            ("ipfs2Swarm", "ipfs2_swarm"),
            ("Zip", "zip"),
            ("move", "r#move"),
            ("self", "self_"),
            ("is_done", "is_done"),
        ] {
            assert_eq!(rust(name).as_deref(), Some(expected));
        }
        for name in ["", "a-b", "a.b", "1st", "a b"] {
            assert_eq!(rust(name), None, "{name}");
        }
    }
}
