//! A user's crate with a build script and schemas.

connector::include_proto!("auctions");
connector::include_proto!("awkward");
connector::include_proto!("chat");
connector::include_proto!("common");
connector::include_proto!("configured");
connector::include_proto!("json");
connector::include_proto!("seats");
connector::include_proto!("tools");

pub mod plugins;

/// Types that somebody has written by hand.
pub mod elsewhere {
    use connector::__private::proto::{prost, serde};

    /// A point.
    #[derive(Clone, Copy, Eq, PartialEq, prost::Message, serde::Deserialize, serde::Serialize)]
    #[prost(prost_path = "connector::__private::proto::prost")]
    #[serde(crate = "connector::__private::proto::serde")]
    pub struct Point {
        /// To the right.
        #[prost(int32, tag = "1")]
        pub x: i32,
    }
}

/// What the tests of the generator expect compiles, too.
pub mod fixtures {
    macro_rules! fixture {
        ($case:ident: $($file:literal),*) => {
            #[doc = concat!("The case `", stringify!($case), "`.")]
            pub mod $case {$(
                include!(concat!(
                    "../../../connector-build/tests/fixtures/",
                    stringify!($case),
                    "/expected/",
                    $file
                ));
            )*}
        };
    }

    fixture!(chat: "chat.rs");
    fixture!(comments: "comments.rs");
    fixture!(json: "json.rs");
    fixture!(names: "type.rs");
    fixture!(no_package: "_.rs");
    fixture!(options: "game.rs");
    fixture!(packages: "chat.rs", "common.rs");
    fixture!(plugins: "ide.rs");
}
