use super::file::PackFile;
use super::*;
use crate::understand::{Labels, understand};

pub(crate) fn pack(text: &str) -> Pack {
    toml::from_str::<PackFile>(text)
        .unwrap()
        .pack()
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(crate) fn barista() -> Pack {
    pack(include_str!("../../../../packs/barista/pack.toml"))
}

fn read(text: &str, packs: &[Pack]) -> Reading {
    let context = Context {
        packs,
        ..Context::default()
    };
    understand(text, None, &Labels::default(), &context)
}

/// Frame, roles with their values, outcome, reason and reply, in one line.
fn told(text: &str, packs: &[Pack]) -> String {
    let reading = read(text, packs);
    let value = |filler: &Filler| match &filler.value {
        Some(Value::Slot(value)) => value.clone(),
        _ => "?".to_owned(),
    };
    let mut all = Vec::new();
    for task in &reading.tasks {
        let mut roles: Vec<String> = task
            .roles
            .iter()
            .map(|f| format!("{}={}", f.role.name(), value(f)))
            .collect();
        roles.sort();
        all.push(format!("{}({})", task.frame.name(), roles.join(", ")));
        let cutter = Cutter::new(text);
        for filler in &task.roles {
            assert_eq!(cutter.cut(filler.span), filler.text, "{text}");
        }
    }
    all.push(format!("{:?}", reading.outcome));
    all.extend(reading.reason.map(|reason| format!("{reason:?}")));
    all.extend(reading.say);
    all.join(" | ")
}

#[test]
fn orders_are_read_whole() {
    let packs = [barista()];
    let check = |text: &str, roles: &str| {
        assert_eq!(told(text, &packs), format!("orderDrink({roles}) | Act"), "{text}");
    };
    check("get me a latte", "coffeeDrink=latte");
    check("An espresso, please!", "coffeeDrink=espresso");
    check("may I have an iced mocha", "coffeeDrink=iced mocha");
    check(
        "gimme a double espresso, no sugar",
        "coffeeDrink=espresso, numberOfShots=double shot",
    );
    check(
        "one triple shot latte without milk please",
        "coffeeDrink=latte, numberOfShots=triple shot",
    );
    check(
        "brew a house coffee with cream",
        "coffeeDrink=house coffee, milkAmount=cream",
    );
    check(
        "I’d like a 12-ounce latte, with a little soy milk!",
        "coffeeDrink=latte, milkAmount=a little bit of soy milk, size=twelve ounce",
    );
    check(
        "can i have a triple shot dark roast small americano",
        "coffeeDrink=americano, numberOfShots=triple shot, roast=dark roast, size=small",
    );
    check(
        "make me a medium medium roast coffee",
        "coffeeDrink=coffee, roast=medium roast, size=medium",
    );
    check(
        "Give me a large drip coffee with lots of brown sugar and a bit of skim milk.",
        "coffeeDrink=drip coffee, milkAmount=a bit of skim milk, size=large, sugarAmount=lots of brown sugar",
    );
    check(
        "could you make me a cappuccino with 2 shots, please",
        "coffeeDrink=cappuccino, numberOfShots=double shot",
    );
    check(
        "I want an 8 oz. iced coffee with some sweetener",
        "coffeeDrink=iced coffee, size=eight ounce, sugarAmount=some sweetener",
    );
    check(
        "hello, I would like a twenty ounce mocha with whole milk and sugar to go please",
        "coffeeDrink=mocha, milkAmount=whole milk, size=twenty ounce, sugarAmount=sugar",
    );
    check(
        "GET ME A LIGHT ROAST CAPUCCINO WITH A SPLASH OF ALMOND MILK",
        "coffeeDrink=cappuccino, milkAmount=a little bit of almond milk, roast=light roast",
    );
}

#[test]
fn what_is_not_on_the_menu_is_named_and_not_invented() {
    let packs = [barista()];
    let check = |text: &str, unknown: &str, roles: &str| {
        let told = told(text, &packs);
        assert!(
            told.starts_with(&format!("orderDrink({roles}) | Ask | UnknownEntity")),
            "{text}: {told}"
        );
        assert!(told.contains(&format!("“{unknown}”")), "{text}: {told}");
    };
    check(
        "get me a large tea with milk",
        "tea",
        "milkAmount=milk, size=large",
    );
    check("can I have a macchiato", "macchiato", "");
    check("I want a latte with oat milk", "oat milk", "coffeeDrink=latte");
    check("make me a huge mocha", "huge", "coffeeDrink=mocha");
    check(
        "give me a double shot dark roast lemonade",
        "lemonade",
        "numberOfShots=double shot, roast=dark roast",
    );
    check("I'd like an espresso with honey", "honey", "coffeeDrink=espresso");
    // What nobody would fetch in a size is ordered; what stands around may be fetched.
    check("give me a large beer", "beer", "size=large");
    check("get me a coke", "coke", "");
    check("two lattes please", "two lattes", "");
    assert!(!told("give me the large cup", &packs).contains("orderDrink"));
    insta::assert_snapshot!(told("I want a latte with oat milk", &packs), @"orderDrink(coffeeDrink=latte) | Ask | UnknownEntity | I do not know “oat milk”. I know soy milk, some milk, almond milk, whole milk.");
}

#[test]
fn what_is_open_is_asked_for_and_what_is_not_for_the_pack_is_left_alone() {
    let packs = [barista()];
    let open = told("give me a large dark roast", &packs);
    assert!(
        open.contains("Ask | MissingRole | Which drink would you like"),
        "{open}"
    );
    for text in [
        "latte",
        "the coffee",
        "stop",
        "bring me the bottle",
        "bring me a bottle of water",
        "yes",
        "never mind",
    ] {
        let reading = read(text, &packs);
        assert!(
            reading.tasks.iter().all(|task| task.frame.name() != "orderDrink"),
            "{text}: {reading:?}"
        );
    }
}

#[test]
fn a_faulty_pack_says_everything_that_is_wrong_with_it() {
    let text = r#"
name = "my pack"
[slots.size]
values = ["(small"]
[[frame]]
name = "order"
templates = ["get me {drink}"]
phrases = []
[[frame]]
name = "idle"
"#;
    let problems = toml::from_str::<PackFile>(text).unwrap().pack().unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "the pack is called \"my pack\": a name of letters, digits and `_` is expected",
            "slot size: the template \"(small\" cannot be read: `(` has no partner: brackets come in pairs",
            "slot size has no words",
            "frame order: there is no slot \"drink\"; there are size",
            "frame idle has no words",
        ]
    );
}

/// What the words mean without packs, as a model would say it.
fn built_in(text: &str) -> Reading {
    use crate::understand::sketch::{labels, sketch};
    let sketched = match text {
        "go to the kitchen" => sketch("[motion go] [goal to the *kitchen]"),
        "bring me the cup" => sketch("[bringing bring] [beneficiary me] [theme the *cup]"),
        "get me a latte" => sketch("[bringing get] [beneficiary me] [theme a *latte]"),
        other => return understand(other, None, &labels(), &Context::default()),
    };
    understand(text, Some(&sketched.tags), &labels(), &Context::default())
}

#[test]
fn a_pack_that_collides_is_refused_and_both_sides_are_named() {
    let one = |name: &str, frame: &str, phrase: &str| {
        pack(&format!(
            "name = {name:?}\n[slots.drink]\nvalues = [\"latte\", \"cup\"]\n[[frame]]\nname = {frame:?}\nphrases = [{phrase:?}]\n"
        ))
    };
    let packs = [one("party", "dance", "shake it")];
    let check = |new: &Pack, expected: &[&str]| {
        let found = collide::collisions(new, &packs, built_in);
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    };
    check(&one("cafe", "order", "get me a {drink}"), &[]);
    check(&one("cafe", "dance", "shake it"), &[]);
    check(
        &one("cafe", "shiver", "Shake it!"),
        &["\"Shake it!\" of cafe, frame shiver, collides with \"Shake it!\" of party, frame dance"],
    );
    check(
        &one("cafe", "walk", "go to the kitchen"),
        &["\"go to the kitchen\" of cafe, frame walk, collides with the built-in frame motion"],
    );
    check(&one("cafe", "motion", "go to the kitchen"), &[]);
    check(
        &one("cafe", "fetch", "bring me the cup"),
        &["\"bring me the cup\" of cafe, frame fetch, collides with the built-in frame bringing"],
    );
    check(
        &one("cafe", "end", "stop"),
        &["\"stop\" of cafe, frame end, collides with the built-in frame stopping"],
    );
    check(
        &one("cafe", "agree", "yes"),
        &["\"yes\" of cafe, frame agree, collides with the built-in dialogue act confirm"],
    );
}

#[test]
fn packs_go_through_the_journal() {
    let pack = barista();
    let bytes = postcard::to_stdvec(&pack).unwrap();
    assert_eq!(postcard::from_bytes::<Pack>(&bytes).unwrap(), pack);
}

#[test]
fn slots_stand_in_any_order_where_every_word_is_accounted_for() {
    let packs = [barista()];
    let whole =
        "coffeeDrink=latte, milkAmount=soy milk, numberOfShots=double shot, roast=dark roast, size=large";
    for text in [
        "make me a dark roast latte large double shot soy milk",
        "make me a latte with soy milk, large, dark roast and with a double shot",
        "large dark roast latte double shot and soy milk please",
        "soy milk latte double shot large dark roast",
    ] {
        assert_eq!(told(text, &packs), format!("orderDrink({whole}) | Act"), "{text}");
    }
    // Not an order, said twice, or not on the menu: the pack's templates do not have it.
    for text in [
        "here is a latte large double shot",
        "latte",
        "the large latte",
        "large double shot",
        "don't make me a latte large double shot",
        "make me a latte large double shot small",
        "make me a latte large double shot oat milk",
    ] {
        assert!(
            !told(text, &packs).ends_with("Act"),
            "{text}: {}",
            told(text, &packs)
        );
    }
}
