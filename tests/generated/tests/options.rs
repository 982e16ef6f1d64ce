//! What attributes say of a route, options of a schema say too: order, key, timeout, filters, an
//! error type, plain functions. And the pushes of a schema as one enum.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use connector::client::RequestRoute;
use connector::handler::{Handler, Order, RouteKind, RouteSpec};
use connector::prelude::*;
use connector::testing::{TestClient, TestServer};
use connector_tests_generated::auctions::{
    AuctionHandler, AuctionHandlerClient, AuctionHandlerServer, Bid, Bids, Kind, Lot, OnBid,
    Pushes, auction_handler_routes, sale,
};
use tokio::sync::{Semaphore, mpsc};

#[derive(Debug, thiserror::Error, RouteError)]
enum AuctionError {
    #[error("lot {lot} is sold")]
    #[route_error(code = 410)]
    Sold {
        #[route_error(meta)]
        lot: u64,
    },
}

/// Tells which bids have begun; each ends when it is let go.
struct Auctions {
    begun: mpsc::UnboundedSender<u32>,
    gate: Arc<Semaphore>,
    nods: Arc<AtomicU32>,
}

impl AuctionHandler for Auctions {
    type Error = AuctionError;

    async fn place(&self, _: Cx<'_>, bid: Bid) -> Result<Bids, AuctionError> {
        if bid.amount == 0 {
            return Err(AuctionError::Sold { lot: bid.lot.unwrap().number() });
        }
        self.begun.send(bid.amount).unwrap();
        self.gate.acquire().await.unwrap().forget();
        Ok(Bids { amounts: vec![bid.amount] })
    }

    async fn watch(&self, _: Cx<'_>, _: Bid) -> Result<(), AuctionError> {
        std::future::pending().await
    }

    fn price(&self, cx: Cx<'_>, bid: Bid) -> Result<Bids, AuctionError> {
        assert_eq!(cx.route(), Some(auction_handler_routes::PRICE));
        match bid.amount {
            0 => Err(AuctionError::Sold { lot: 7 }),
            amount => Ok(Bids { amounts: vec![amount, amount] }),
        }
    }

    fn nod(&self, _: Cx<'_>, bid: Bid) -> Result<(), AuctionError> {
        self.nods.fetch_add(bid.amount, Ordering::SeqCst);
        Ok(())
    }

    fn count(&self, _: Cx<'_>) -> Result<Bids, AuctionError> {
        Ok(Bids { amounts: vec![self.nods.load(Ordering::SeqCst)] })
    }
}

struct Served {
    server: TestServer,
    begun: mpsc::UnboundedReceiver<u32>,
    gate: Arc<Semaphore>,
}

impl Served {
    async fn start(
        change: impl FnOnce(AuctionHandlerServer<Auctions>) -> AuctionHandlerServer<Auctions>,
    ) -> Self {
        let (sender, begun) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let auctions = Auctions { begun: sender, gate: gate.clone(), nods: Arc::default() };
        let handler = change(AuctionHandlerServer::new(auctions));
        let server = TestServer::start(Server::builder().handler(handler)).await;
        Self { server, begun, gate }
    }

    async fn client(&self) -> (TestClient, AuctionHandlerClient) {
        let client = self.server.client().connect().await;
        let typed = AuctionHandlerClient::new(&client);
        (client, typed)
    }
}

fn bid(lot: u64, amount: u32) -> Bid {
    Bid { lot: Some(Lot { number: Some(lot) }), amount, kind: Kind::Sealed.into() }
}

#[test]
fn options_are_in_the_specs() {
    let spec = |route: &str| -> RouteSpec {
        let routes = <AuctionHandlerServer<Auctions> as Handler>::ROUTES;
        *routes.iter().find(|spec| spec.route == route).unwrap()
    };
    let bid = spec("auctions.auctionHandler.place");
    assert_eq!(
        (bid.order, bid.timeout, bid.plain),
        (Some(Order::Keyed("lot.number")), None, false)
    );
    let watch = spec("auctions.auctionHandler.watch");
    assert_eq!(watch.order, Some(Order::Concurrent));
    assert_eq!(watch.timeout, Some(Duration::from_secs(2)));
    let price = spec("auctions.auctionHandler.price");
    assert_eq!((price.order, price.plain), (Some(Order::Serial), true));
    let nod = spec("auctions.auctionHandler.nod");
    assert_eq!((nod.order, nod.kind), (Some(Order::Keyed("kind")), RouteKind::Notify));
    assert_eq!(spec("auctions.auctionHandler.count").order, None);
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_key_run_one_after_the_other_over_all_sessions() {
    let mut served = Served::start(|handler| handler).await;
    let ((_ann, ann), (_bob, bob)) = (served.client().await, served.client().await);
    let first = tokio::spawn(async move { ann.place(bid(7, 1)).await });
    assert_eq!(served.begun.recv().await, Some(1));
    let other = bob.clone();
    let second = tokio::spawn(async move { bob.place(bid(7, 2)).await });
    let third = tokio::spawn(async move { other.place(bid(8, 3)).await });
    // Another lot's bid overtakes the one that waits for the first.
    assert_eq!(served.begun.recv().await, Some(3));
    assert!(served.begun.try_recv().is_err());
    served.gate.add_permits(3);
    assert_eq!(served.begun.recv().await, Some(2));
    for (call, amount) in [(first, 1), (second, 2), (third, 3)] {
        assert_eq!(call.await.unwrap().unwrap().amounts, [amount]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_without_the_key_is_ordered_with_its_like() {
    let mut served = Served::start(|handler| handler).await;
    let (_client, client) = served.client().await;
    let without = |amount| Bid { lot: None, amount, kind: 0 };
    let (one, two) = (client.clone(), client);
    let first = tokio::spawn(async move { one.place(without(1)).await });
    assert_eq!(served.begun.recv().await, Some(1));
    let second = tokio::spawn(async move { two.place(without(2)).await });
    served.gate.add_permits(1);
    first.await.unwrap().unwrap();
    assert_eq!(served.begun.recv().await, Some(2));
    served.gate.add_permits(1);
    second.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_leave_the_order_and_end_by_their_timeout() {
    let served = Served::start(|handler| handler).await;
    let (client, typed) = served.client().await;
    let watching = typed.clone();
    let watch = tokio::spawn(async move { watching.watch(bid(7, 1)).await });
    let started = tokio::time::Instant::now();
    assert_eq!(typed.price(bid(7, 5)).await.unwrap().amounts, [5, 5]);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(watch.await.unwrap().is_err_and(|error| error.to_string().contains("code 504")));
    assert_eq!(started.elapsed().as_secs(), 2);
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn plain_functions_answer_are_notified_and_fail() {
    let served = Served::start(|handler| handler).await;
    let (client, typed) = served.client().await;
    typed.nod(bid(7, 3)).await.unwrap();
    typed.nod(bid(7, 4)).await.unwrap();
    client.expect_no_push("onNothing").await;
    assert_eq!(typed.count().await.unwrap().amounts, [7]);
    let error = client.expect_error(auction_handler_routes::PRICE, bid(7, 0)).await;
    assert_eq!(error, HandlerError::new(410, "lot 7 is sold").with("lot", 7));
    let error = client.expect_error(auction_handler_routes::PRICE, Json("text")).await;
    assert_eq!(error.code, 400);
}

#[tokio::test(start_paused = true)]
async fn errors_are_of_the_services_own_type() {
    let served = Served::start(|handler| handler).await;
    let (client, _) = served.client().await;
    let error = client.expect_error(auction_handler_routes::PLACE, bid(9, 0)).await;
    assert_eq!(error, HandlerError::new(410, "lot 9 is sold").with("lot", 9));
}

fn signed_in(_: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
    Err(HandlerError::new(401, "sign in first"))
}

#[tokio::test(start_paused = true)]
async fn filters_are_for_one_route_or_for_all() {
    let served =
        Served::start(|handler| handler.filter_on(auction_handler_routes::PRICE, signed_in)).await;
    let (client, typed) = served.client().await;
    assert_eq!(client.expect_error(auction_handler_routes::PRICE, bid(7, 1)).await.code, 401);
    assert_eq!(typed.count().await.unwrap().amounts, [0]);
    let served = Served::start(|handler| handler.filter(signed_in)).await;
    let (client, _) = served.client().await;
    for route in [auction_handler_routes::PRICE, auction_handler_routes::PLACE] {
        assert_eq!(client.expect_error(route, bid(7, 0)).await.code, 401);
    }
    assert_eq!(client.expect_error(auction_handler_routes::COUNT, ()).await.code, 401);
}

#[tokio::test]
async fn a_filter_of_a_route_that_the_handler_does_not_have_is_a_mistake() {
    let (begun, _) = mpsc::unbounded_channel();
    let auctions = Auctions { begun, gate: Arc::new(Semaphore::new(0)), nods: Arc::default() };
    let handler = AuctionHandlerServer::new(auctions).filter_on("auctions.price", signed_in);
    let error = Server::builder().handler(handler).start().await.unwrap_err();
    let wanted = "a filter is set on the route `auctions.price`, which its handler does not have: \
                  write one of the handler's routes, or set the filter on the handler that has it";
    assert_eq!(error.to_string(), wanted);
}

#[tokio::test(start_paused = true)]
async fn pushes_of_a_schema_are_one_enum_in_the_order_of_arrival() {
    let served = Served::start(|handler| handler).await;
    let (client, typed) = served.client().await;
    typed.count().await.unwrap();
    let handle = served.server.handle();
    let bid = |amount| handle.broadcast(OnBid::ROUTE, OnBid { amount }).unwrap();
    let sold = |lot| handle.broadcast(sale::OnSold::ROUTE, sale::OnSold { lot }).unwrap();
    let mut pushes = client.pushes_of::<Pushes>();
    bid(1);
    handle.broadcast("onOther", Json(1)).unwrap();
    sold(7);
    bid(2);
    handle.broadcast("onSold", Json("text")).unwrap();
    bid(3);
    assert_eq!(pushes.next().await.unwrap().unwrap(), Pushes::OnBid(OnBid { amount: 1 }));
    let sale = Pushes::SaleOnSold(sale::OnSold { lot: 7 });
    assert_eq!(pushes.next().await.unwrap().unwrap(), sale);
    assert_eq!(pushes.next().await.unwrap().unwrap(), Pushes::OnBid(OnBid { amount: 2 }));
    // One that does not fit is told, and those behind it come.
    assert!(pushes.next().await.unwrap().is_err());
    assert_eq!(pushes.next().await.unwrap().unwrap(), Pushes::OnBid(OnBid { amount: 3 }));
    // Those of other subscriptions are theirs.
    let mut others = client.pushes::<Json<u32>>("onOther");
    bid(4);
    handle.broadcast("onOther", Json(2)).unwrap();
    assert_eq!(others.next().await.unwrap().unwrap().0, 2);
    drop(pushes);
    let mut again = client.pushes_of::<Pushes>();
    bid(5);
    assert_eq!(again.next().await.unwrap().unwrap(), Pushes::OnBid(OnBid { amount: 5 }));
    client.close().await;
    assert!(again.next().await.is_none());
    assert_eq!(again.dropped(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listener_waits_for_its_hooks_in_order() {
    let served = Served::start(|handler| handler).await;
    let (client, typed) = served.client().await;
    typed.count().await.unwrap();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let (asking, sold) = (typed.clone(), sender.clone());
    let listener = client
        .listen()
        .on_async(OnBid::ROUTE, move |OnBid { amount }| {
            let (typed, sender) = (asking.clone(), sender.clone());
            async move {
                assert_ne!(amount, 2, "on purpose: a hook that fails");
                let price = typed.price(bid(1, amount)).await.unwrap();
                sender.send(price.amounts).unwrap();
            }
        })
        .on(sale::OnSold::ROUTE, move |sale::OnSold { lot }| {
            sold.send(vec![u32::try_from(lot).unwrap()]).unwrap();
        });
    let listening = tokio::spawn(listener.run());
    let handle = served.server.handle();
    for amount in [1, 2, 3] {
        handle.broadcast(OnBid::ROUTE, OnBid { amount }).unwrap();
        handle
            .broadcast(sale::OnSold::ROUTE, sale::OnSold { lot: 10 + u64::from(amount) })
            .unwrap();
    }
    for wanted in [vec![1, 1], vec![11], vec![12], vec![3, 3], vec![13]] {
        assert_eq!(heard.recv().await.unwrap(), wanted);
    }
    client.close().await;
    listening.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_route_knows_the_types_of_its_requests_and_answers() {
    const PRICE: RequestRoute<Bid, Bids> = RequestRoute::new(auction_handler_routes::PRICE);
    let served = Served::start(|handler| handler).await;
    let (client, _) = served.client().await;
    assert_eq!(client.ask(PRICE, bid(7, 4)).await.unwrap().amounts, [4, 4]);
    assert_eq!(format!("{PRICE:?}"), r#"RequestRoute("auctions.auctionHandler.price")"#);
}
