//! Which tasks stand under a condition, and what is looked at before them.

use super::*;
use crate::understand::{sketch::sketch, words::tokens};

fn noted(lang: &str, annotated: &str) -> (String, Vec<Task>) {
    let drawn = sketch(annotated);
    let mut tasks = drawn.tasks();
    note(&mut tasks, &tokens(&drawn.text), &Cutter::new(&drawn.text), lang);
    (drawn.text, tasks)
}

fn check(lang: &str, annotated: &str, expected: &str) {
    let (text, tasks) = noted(lang, annotated);
    let shown: Vec<String> = tasks
        .iter()
        .map(|task| match &task.condition {
            None => task.trigger.clone(),
            Some(c) => {
                let sought = c
                    .sought
                    .as_ref()
                    .map(|what| format!(" ({what})"))
                    .unwrap_or_default();
                format!("{} {:?} <{}>{sought}", task.trigger, c.under, c.text)
            }
        })
        .collect();
    assert_eq!(shown.join("; "), expected, "{text}");
}

#[test]
fn a_condition_governs_what_stands_behind_it() {
    check(
        "en",
        "if you see Anna, [statement tell] [recipient her] [message dinner is ready]",
        "tell If <if you see Anna> (Anna)",
    );
    check(
        "en",
        "if you see anna [statement tell] [recipient her] [message dinner is ready]",
        "tell If <if you see anna> (anna)",
    );
    check(
        "en",
        "[motion go] [goal to the *kitchen] and if you [locating!hypothesis find] [sought_entity a *cup] [bringing bring] [theme it] [beneficiary to me]",
        "go; bring If <if you find a cup> (a cup)",
    );
    check(
        "en",
        "if the door is open [closure close] [container_portal it] and [motion come] [goal back]",
        "close If <if the door is open>; come If <if the door is open>",
    );
    check(
        "en",
        "when Tom comes home, [statement tell] [recipient him] [message the food is in the oven]",
        "tell When <when Tom comes home>",
    );
    check(
        "en",
        "unless it rains [closure open] [container_portal the *window]",
        "open Unless <unless it rains>",
    );
    check(
        "en",
        "if there is a cup on the table then [bringing bring] [beneficiary me] [theme the *cup]",
        "bring If <if there is a cup on the table> (a cup on the table)",
    );
    check(
        "it",
        "se vedi Anna [statement dille] [message che la cena è pronta]",
        "dille If <se vedi Anna> (Anna)",
    );
    check(
        "it",
        "quando arriva Anna [closure apri] [container_portal la *porta]",
        "apri When <quando arriva Anna>",
    );
    check(
        "zh",
        "如果你看到安娜就[statement 告诉][recipient 她][message 晚饭好了]",
        "告诉 If <如果你看到安娜> (安娜)",
    );
    check(
        "zh",
        "当安娜回来的时候[closure 打开][container_portal 门]",
        "打开 When <当安娜回来的时候>",
    );
    check(
        "zh",
        "下雨的时候[closure 关上][container_portal 窗户]",
        "关上 When <下雨的时候>",
    );
}

#[test]
fn a_condition_governs_what_it_follows() {
    check(
        "en",
        "[closure open] [container_portal the *door] and [statement tell] [recipient her] [message hello] if you see Anna",
        "open; tell If <if you see Anna> (Anna)",
    );
    check(
        "en",
        "[waiting wait] [location here] until I come back",
        "wait Until <until I come back>",
    );
    check(
        "it",
        "[waiting aspetta] [location qui] finché non torno",
        "aspetta Until <finché non torno>",
    );
}

#[test]
fn what_only_looks_like_a_condition_is_none() {
    for line in [
        "if you can [bringing bring] [beneficiary me] [theme a *cup]",
        "[closure close] [container_portal the *door] if you don't mind",
        "[inspecting check] if [ground the *door] [desired_state is open]",
        "[motion go] [goal to the *hall] and when you get there [locating find] [sought_entity Anna]",
        "[statement tell] [recipient her] [message to call me if she comes home]",
        "[locating find] [sought_entity my *keys] and if you find them [bringing bring] [theme them] [beneficiary to me]",
    ] {
        let (text, tasks) = noted("en", line);
        assert!(
            tasks.iter().all(|task| task.condition.is_none()),
            "{text}: {tasks:?}"
        );
    }
    let (_, polite) = noted("zh", "如果方便的话[bringing 拿][theme 杯子][goal 来]");
    assert!(polite.iter().all(|task| task.condition.is_none()));
    let (_, polite) = noted("it", "se puoi [closure apri] [container_portal la *porta]");
    assert!(polite.iter().all(|task| task.condition.is_none()));
}

#[test]
fn what_can_be_looked_at_is_looked_at_first() {
    let reading = |annotated: &str| {
        let (text, tasks) = noted("en", annotated);
        Reading {
            tasks,
            ..crate::understand::blank(&text)
        }
    };
    let seen = reading(
        "if you see Anna, [statement tell] [recipient her] [message hello] and [motion come] [goal back]",
    );
    assert!(beyond(&seen).is_none());
    let carried = carried_out(&seen).unwrap();
    let frames: Vec<&str> = carried.tasks.iter().map(|task| task.frame.name()).collect();
    assert_eq!(frames, ["locating", "statement", "motion"]);
    assert_eq!(carried.tasks[0].roles[0].text, "Anna");

    let heard = reading("when the bell rings, [closure open] [container_portal the *door]");
    assert_eq!(beyond(&heard).unwrap().text, "when the bell rings");
    assert!(carried_out(&heard).is_none());
}

#[test]
fn what_is_for_later_is_not_for_now() {
    check(
        "en",
        "at half past three [bringing bring] [beneficiary me] [theme the *tea]",
        "bring When <at half past three>",
    );
    check(
        "en",
        "[bringing bring] [beneficiary me] [theme the *tea] in five minutes",
        "bring When <in five minutes>",
    );
    check(
        "en",
        "[motion go] [goal to the *kitchen] and [closure close] [container_portal the *door] tonight",
        "go; close When <tonight>",
    );
    check(
        "it",
        "alle tre [bringing porta] [beneficiary mi] [theme il *tè]",
        "porta When <alle tre>",
    );
    check(
        "it",
        "tra due minuti [closure apri] [container_portal la *porta]",
        "apri When <tra due minuti>",
    );
    check(
        "zh",
        "五分钟后 [closure 关上] [container_portal 窗户]",
        "关上 When <五分钟后>",
    );
    check("zh", "明天 [motion 去] [goal 厨房]", "去 When <明天>");
    check("en", "[waiting wait] [duration for two minutes]", "wait");
    check(
        "en",
        "[statement tell] [recipient tom] [message we leave in ten minutes]",
        "tell",
    );
    check(
        "en",
        "[change_operational_state set] [device the *oven] [operational_state to 180 degrees]",
        "set",
    );
    check(
        "en",
        "[locating look] [sought_entity for the *cup] [ground in two rooms]",
        "look",
    );
}

#[test]
fn and_then_joins_tasks_and_ends_no_condition() {
    check(
        "en",
        "[motion go] [goal to the *kitchen] and if you see anna [statement tell] [recipient her] [message that dinner is ready] and then [motion come] [goal back]",
        "go; tell If <if you see anna> (anna); come If <if you see anna> (anna)",
    );
}
