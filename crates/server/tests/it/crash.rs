//! The process dies in the middle of it, without warning: SIGKILL under load, again and again.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::load::{Crowd, Ending, Shop, Told};
use crate::process::Server;

const ROUNDS: usize = 20;
const SHOPPERS: usize = 8;

#[test]
fn killed_20_times_under_load_every_order_that_was_told_is_there_and_repeats_settle_the_rest() {
    let shop = Shop::open();
    let mut told = Told::new();
    let mut fastest = Duration::MAX;
    for round in 0..ROUNDS {
        let started = Instant::now();
        let server = Server::start_quietly(shop.path(), &[]);
        fastest = fastest.min(started.elapsed());
        // Nobody knows of these whether they happened; from here on it is known.
        let client = shop.client(&server);
        for (name, ending) in told.iter_mut().filter(|(_, ending)| matches!(ending, Ending::Unknown)) {
            *ending = client.order(name);
            assert!(matches!(ending, Ending::Answered(201, _)), "{name}: {ending:?}");
        }
        let orders = shop.orders(&server);
        assert!(told.keys().eq(orders.keys()), "of round {round}: {told:?}\n{:?}", orders.keys());
        for (name, ending) in &told {
            let Ending::Answered(201, body) = ending else { panic!("{name}: {ending:?}") };
            assert_eq!((&body["id"], &body["totals"]), (&orders[name]["id"], &orders[name]["totals"]));
        }
        assert_eq!(shop.uses(&server), told.len() as u64);
        let crowd = Crowd::enter(&shop, &server, &format!("r{round}"), SHOPPERS);
        crowd.wait_for(3 + round * 7 % 11);
        // Not always just after an answer.
        sleep(Duration::from_millis(round as u64 * 13 % 40));
        server.kill();
        told.extend(crowd.leave());
        if round % 5 == 4 {
            shop.must_be_sound();
        }
    }
    assert!(told.len() >= 3 * ROUNDS, "so few orders show nothing: {}", told.len());
    // Not a measurement: it must not have to read everything again.
    assert!(fastest < Duration::from_secs(2), "it took {fastest:?} to be ready");
    let server = Server::start_quietly(shop.path(), &[]);
    for name in told.keys() {
        let again = shop.client(&server).order(name);
        assert!(matches!(again, Ending::Answered(201, _)), "{name}: {again:?}");
    }
    assert_eq!(shop.uses(&server), told.len() as u64);
    server.stop();
    shop.must_be_sound();
}
