//! Compiles the schemas of this crate.

fn main() -> Result<(), connector_build::Error> {
    let protos =
        ["proto/chat.proto", "proto/json.proto", "proto/awkward.proto", "proto/tools.proto"];
    connector_build::compile(&protos, &["proto"])?;
    let pomelo = connector_build::configure().pomelo_protobuf();
    pomelo.compile(&["proto/seats.proto"], &["proto"])?;
    connector_build::configure()
        .plain_fn(["auctions.AuctionHandler.Price", ".auctions.AuctionHandler.Count"])
        .plain_fn(["auctions.AuctionHandler.Nod"])
        .compile(&["proto/auctions.proto"], &["proto"])?;
    connector_build::configure()
        .with_prost(|prost| {
            prost.btree_map(["."]).bytes(["."]);
            prost.extern_path(".elsewhere", "crate::elsewhere");
            prost.message_attribute("configured.Fields", "#[must_use]");
        })
        .compile(&["proto/configured.proto"], &["proto"])
}
