//! Texts that are found, and texts that are not.

use super::*;
use crate::lint::rules::Rule;

fn lines(source: &str) -> Vec<usize> {
    let findings = findings(source, false).unwrap();
    findings.iter().map(|finding| finding.line).collect()
}

#[test]
fn finds_summaries_of_what_is_public() {
    let source = "//! What the file is.\n\
        /// What a struct is.\n\
        pub struct A {\n\
        /// Who is in it.\n\
        pub b: u8,\n\
        /// How it is kept.\n\
        c: u8,\n\
        }\n\
        /// Those that there are.\n\
        pub enum E {\n\
        /// When it is so.\n\
        V {\n\
        /// Why it is so.\n\
        f: u8,\n\
        },\n\
        }\n\
        /// Where it is done.\n\
        pub trait T {\n\
        /// Whether it is done.\n\
        fn f();\n\
        }\n\
        impl A {\n\
        /// What it does.\n\
        pub fn g() {}\n\
        }\n\
        pin_project! {\n\
        /// What is pinned.\n\
        pub struct P;\n\
        }\n";
    assert_eq!(lines(source), [1, 2, 4, 9, 11, 13, 17, 19, 23, 27]);
}

#[test]
fn private_items_may_say_what_they_like() {
    let source = "/// What a struct is.\n\
        struct A {\n\
        /// Who is in it.\n\
        pub b: u8,\n\
        }\n\
        /// What it is.\n\
        pub(crate) enum E {\n\
        /// When it is so.\n\
        V,\n\
        }\n\
        trait T {\n\
        /// Whether it is done.\n\
        fn f();\n\
        }\n\
        impl T for A {\n\
        /// Whether it is done.\n\
        fn f() {}\n\
        }\n";
    assert_eq!(lines(source), [0; 0]);
}

#[test]
fn a_summary_is_the_first_line_alone() {
    let source = "/// Returns it.\n///\n/// Whether it is so depends.\npub fn f() {}\n";
    assert_eq!(lines(source), [0; 0]);
}

#[test]
fn finds_texts_of_errors() {
    let source = "enum E {\n\
        #[error(\"what was said is no text\")]\n\
        A,\n\
        #[error(\"Where there is no file\")]\n\
        B,\n\
        }\n\
        #[diagnostic::on_unimplemented(\n\
        message = \"`{Self}` is no codec\",\n\
        note = \"there is no codec\",\n\
        label = \"Those that are none\"\n\
        )]\n\
        trait T {}\n\
        fn f() {\n\
        cx.error(a, \"Whether it is so\");\n\
        error(a, format_args!(\"`{b}` is no {c}\"));\n\
        let text = format!(\"`{b}` is no {c}\");\n\
        let text = \"Where it is\";\n\
        }\n";
    assert_eq!(lines(source), [2, 4, 8, 10, 14, 15, 16]);
}

#[test]
fn a_finding_has_its_text_and_its_rule() {
    let source = "/// What it is.\npub fn f() {}\n";
    let text = "What it is.".to_owned();
    let rule = Rule::Clause;
    assert_eq!(findings(source, false).unwrap(), [Finding { line: 1, text, rule }]);
}

#[test]
fn tests_quote_what_they_like() {
    let source = "#[cfg(test)]\nmod tests {\nconst A: &str = \"it is no route\";\n}\n";
    assert_eq!(lines(source), [0; 0]);
    let source = "//! What the tests are.\nconst A: &str = \"it is no route\";\n";
    assert_eq!(findings(source, true).unwrap().len(), 1);
}

#[test]
fn finds_values_in_log_lines_that_a_peer_could_break() {
    let source = "fn f() {\n\
        tracing::debug!(%reason, \"closed\");\n\
        tracing::warn!(a = %self.b, ?c, d, \"{e} came\");\n\
        tracing::warn!(a = %escaped(&b), ?c, d, \"came\");\n\
        format!(\"{e} % f\");\n\
        }\n";
    assert_eq!(lines(source), [2, 3, 3]);
    assert!(findings(source, true).unwrap().is_empty(), "tests log what they like");
}
