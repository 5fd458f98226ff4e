use super::*;
use crate::understand::packs::spelling::spell;

fn slots() -> Vec<Slot> {
    let plain = |texts: &[&str]| -> Vec<(String, Vec<String>)> {
        texts
            .iter()
            .map(|text| ((*text).to_owned(), Vec::new()))
            .collect()
    };
    vec![
        Slot::new(
            "size",
            None,
            &plain(&["small", "large", "twelve ounce"]),
            &[],
            "en",
        ),
        Slot::new("roast", None, &plain(&["dark roast", "light roast"]), &[], "en"),
        Slot::new(
            "drink",
            None,
            &plain(&["coffee", "iced coffee", "latte"]),
            &[],
            "en",
        ),
    ]
}

fn told(template: &str, text: &str, gap: bool) -> Option<String> {
    let part = parse(template, &BTreeMap::new(), "en").unwrap();
    let captures = find(&part, &spell(text, "en"), &slots(), gap)?;
    let told = captures
        .iter()
        .map(|c| format!("{}={}", c.slot, c.value.as_deref().unwrap_or("?")));
    Some(told.collect::<Vec<_>>().join(" "))
}

#[test]
fn a_text_matches_when_every_word_is_accounted_for() {
    let order = "[please] (get me|i want) [a|an] ([{size}];[{roast}]) {drink} [please]";
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(told(order, text, false).as_deref(), expected, "{text}");
    };
    check("get me a latte", Some("drink=latte"));
    check(
        "Get me a large, dark roast coffee!",
        Some("size=large roast=dark roast drink=coffee"),
    );
    check(
        "i want a dark roast 12-ounce iced coffee please",
        Some("roast=dark roast size=twelve ounce drink=iced coffee"),
    );
    check("get me a latte now", None);
    check("get me a", None);
    check("get me a large small latte", None);
    check("", None);
}

#[test]
fn one_thing_may_be_unknown_where_that_is_asked_for() {
    let order = "get me [a] [{size}] {drink} [with milk]";
    assert_eq!(
        told(order, "get me a large tea", true).as_deref(),
        Some("size=large drink=?")
    );
    assert_eq!(
        told(order, "get me a huge latte with milk", true).as_deref(),
        Some("size=? drink=latte")
    );
    assert_eq!(told(order, "get me a huge tea with oil", true), None);
    assert_eq!(
        told(order, "get me a latte", true).as_deref(),
        Some("drink=latte")
    );
}

#[test]
fn what_is_wrong_with_a_template_is_said() {
    let check = |text: &str, expected: &str| {
        let rules = BTreeMap::from([("loop".to_owned(), "a <loop>".to_owned())]);
        assert_eq!(parse(text, &rules, "en").unwrap_err().to_string(), expected);
    };
    check("get me [a", "`[` has no partner: brackets come in pairs");
    check("get me a)", "`)` has no partner: brackets come in pairs");
    check(
        "(a|b;c)",
        "`|` and `;` stand in one pair of brackets: `(a|b)` is one of them, `(a;b)` both in any order",
    );
    check("a <loop>", "there is no rule <loop>, or it contains itself");
    check(
        "(a;b;c;d;e;f;g;h;i)",
        "at most 8 things can stand in any order, here are 9",
    );
}

#[test]
fn a_template_that_would_take_too_long_does_not_match() {
    let template = "[a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] b";
    let text = "a ".repeat(20) + "c";
    assert_eq!(told(template, &text, false), None);
}

#[test]
fn all_texts_of_a_template_are_listed_up_to_a_bound() {
    let texts = |most| {
        expand(
            "[a bit of|some] (milk|Twelve-ounce cream)",
            &BTreeMap::new(),
            most,
        )
        .unwrap()
    };
    let mut all = texts(100);
    all.sort();
    let cream = "Twelve-ounce cream";
    let told = [
        cream,
        &format!("a bit of {cream}"),
        "a bit of milk",
        "milk",
        &format!("some {cream}"),
        "some milk",
    ];
    assert_eq!(all, told);
    assert_eq!(texts(4).len(), 4);
}
