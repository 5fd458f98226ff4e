use super::sketch::{Sketch, labels, sketch};
use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

/// A reading on a few lines, as a person would check it.
fn shown(reading: &Reading) -> String {
    let mut out = format!("{} {}", code(&reading.act), code(&reading.outcome));
    if let Some(reason) = &reading.reason {
        let _ = write!(out, " {}", code(reason));
    }
    if let Some(say) = &reading.say {
        let _ = write!(out, " \"{say}\"");
    }
    for task in &reading.tasks {
        let _ = write!(
            out,
            "\n  {} {}..{} [{}] {}",
            task.frame.name(),
            task.span.start,
            task.span.end,
            task.trigger,
            code(&task.mood)
        );
        for filler in &task.roles {
            let head = filler.head.as_deref().unwrap_or("-");
            let _ = write!(
                out,
                "\n    {} {}..{} \"{}\" head {head}",
                filler.role.name(),
                filler.span.start,
                filler.span.end,
                filler.text
            );
            if let Some(value) = &filler.value {
                let _ = write!(out, " {value:?}");
            }
        }
    }
    if let Some(named) = &reading.named {
        let _ = write!(
            out,
            "\n  named \"{}\" head {}",
            named.text,
            named.head.as_deref().unwrap_or("-")
        );
    }
    out
}

/// The stable code of an enum value, as JSON writes it.
fn code<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn read(sketch: &Sketch, context: &Context<'_>) -> Reading {
    understand(&sketch.text, Some(&sketch.tags), &labels(), context)
}

fn check(sketch: &Sketch) -> String {
    shown(&read(sketch, &Context::default()))
}

#[test]
fn two_tasks_with_their_roles() {
    insta::assert_snapshot!(check(&sketch("[motion go] [goal to the *kitchen] and [bringing bring] [beneficiary *me] [theme the red *cup]")), @r#"
    command act
      motion 0..17 [go] command
        goal 3..17 "to the kitchen" head kitchen
      bringing 22..42 [bring] command
        beneficiary 28..30 "me" head me
        theme 31..42 "the red cup" head cup Color("red")
    "#);
}

#[test]
fn values_stand_beside_their_words() {
    insta::assert_snapshot!(check(&sketch("[change_direction turn] [direction *right] [angle by ninety *degrees] then [motion move] [direction *forward] [distance half a *metre]")), @r#"
    command act
      change_direction 0..28 [turn] command
        direction 5..10 "right" head right Degree(-90.0)
        angle 11..28 "by ninety degrees" head degrees Degree(-90.0)
      motion 34..59 [move] command
        direction 39..46 "forward" head forward Degree(0.0)
        distance 47..59 "half a metre" head metre Metre(0.5)
    "#);
}

#[test]
fn chinese_heads_span_characters() {
    insta::assert_snapshot!(check(&sketch("[motion去][goal *厨*房][taking拿][theme红色的*杯*子]").lang("zh")), @r#"
    command act
      motion 0..3 [去] command
        goal 1..3 "厨房" head 厨房
      taking 3..9 [拿] command
        theme 4..9 "红色的杯子" head 杯子 Color("red")
    "#);
}

#[test]
fn pronouns_on_their_verb_are_roles() {
    let mut drawn = sketch("[bringing portami] [theme un *caffè]").lang("it");
    let names = labels();
    let at = 1 + 2 * names.roles.iter().position(|name| name == "beneficiary").unwrap();
    drawn.tags.roles[0] = -super::sketch::SURE;
    drawn.tags.roles[at] = super::sketch::SURE;
    insta::assert_snapshot!(check(&drawn), @r#"
    command act
      bringing 0..16 [portami] command
        beneficiary 5..7 "mi" head mi
        theme 8..16 "un caffè" head caffè
    "#);
}

#[test]
fn triggers_of_several_words() {
    insta::assert_snapshot!(check(&sketch("[being_located there are] [theme some *napkins] [location on the *table]")), @r#"
    command act
      being_located 0..35 [there are] description
        theme 10..22 "some napkins" head napkins
        location 23..35 "on the table" head table
    "#);
}

#[test]
fn what_is_not_asked_for_is_not_acted_on() {
    insta::assert_snapshot!(check(&sketch("don't [taking touch] [theme the *vase]")), @r#"
    command ignore negated "All right, I will not."
      taking 6..20 [touch] prohibition
        theme 12..20 "the vase" head vase
    "#);
    insta::assert_snapshot!(check(&sketch("what happens if you [releasing drop] [theme *it]")), @r#"
    chat ignore hypothetical
      releasing 20..27 [drop] hypothesis
        theme 25..27 "it" head it
    "#);
    insta::assert_snapshot!(check(&sketch("I [taking took] [theme the *cup] yesterday")), @r#"
    chat ignore reported
      taking 2..14 [took] report
        theme 7..14 "the cup" head cup
    "#);
    insta::assert_snapshot!(check(&sketch("nice weather today").act("chat")), @"chat ignore not_a_command");
    insta::assert_snapshot!(check(&sketch("book me a flight to Rome").act("out_of_scope")), @r#"command refuse out_of_scope "I cannot help with that. I can go places, look for things, fetch, take and put them, follow and guide people, open and close, switch things on and off, look, count and pass on messages.""#);
}

#[test]
fn a_prohibition_beside_a_command_is_kept_apart() {
    insta::assert_snapshot!(check(&sketch("[motion go] [goal to the *kitchen] but don't [taking touch] [theme the *knife]")), @r#"
    command act
      motion 0..17 [go] command
        goal 3..17 "to the kitchen" head kitchen
      taking 28..43 [touch] prohibition
        theme 34..43 "the knife" head knife
    "#);
}

#[test]
fn a_bare_name_asks_what_to_do() {
    insta::assert_snapshot!(check(&sketch("the red cup").act("fragment")), @r#"
    chat ask fragment "What should I do with the red cup?"
      named "the red cup" head cup
    "#);
    let known = ["kitchen".to_owned()];
    let context = Context {
        known: &known,
        ..Context::default()
    };
    insta::assert_snapshot!(shown(&read(&sketch("the kitchen!").act("chat"), &context)), @r#"
    chat ask fragment "What should I do with the kitchen?"
      named "the kitchen" head kitchen
    "#);
}

#[test]
fn missing_roles_are_asked_for() {
    insta::assert_snapshot!(check(&sketch("[taking take]")), @r#"
    command ask missing_role "What should I take?"
      taking 0..4 [take] command
    "#);
    insta::assert_snapshot!(check(&sketch("[placing put] [theme the *cup]")), @r#"
    command ask missing_role "Where should I put it?"
      placing 0..11 [put] command
        theme 4..11 "the cup" head cup
    "#);
    insta::assert_snapshot!(check(&sketch("[cotheme segui]").lang("it")), @r#"
    command ask missing_role "Chi devo seguire?"
      cotheme 0..5 [segui] command
    "#);
}

#[test]
fn near_ties_ask_between_the_two() {
    let tied = sketch("[taking get] [theme my *cup]").rival(0, "placing");
    insta::assert_snapshot!(check(&tied), @r#"
    command ask near_tie "Do you want me to get your cup, or to put your cup?"
      taking 0..10 [get] command
        theme 4..10 "my cup" head cup
    "#);
    let alike = sketch("[motion go] [goal into the *kitchen]").rival(0, "arriving");
    assert_ne!(read(&alike, &Context::default()).reason, Some(Reason::NearTie));
}

#[test]
fn an_unsure_reading_is_asked_about() {
    let mut faint = sketch("[bringing bring] [beneficiary *me] [theme my *cup]");
    faint.tags.roles.iter_mut().for_each(|x| *x *= 0.1);
    insta::assert_snapshot!(check(&faint), @r#"
    command ask low_confidence "Do you want me to bring you your cup?"
      bringing 0..15 [bring] command
        beneficiary 6..8 "me" head me
        theme 9..15 "my cup" head cup
    "#);
}

#[test]
fn without_the_model_stop_and_yes_still_count() {
    let read = |text: &str| shown(&understand(text, None, &labels(), &Context::default()));
    insta::assert_snapshot!(read("Robot, STOP!"), @r#"
    command act
      stopping 7..11 [STOP] command
    "#);
    insta::assert_snapshot!(read("never mind"), @"cancel act");
    insta::assert_snapshot!(read("yes"), @r#"confirm ignore nothing_open "I did not ask anything.""#);
    insta::assert_snapshot!(read("bring me the cup"), @r#"command ignore low_confidence "I cannot read that just now.""#);
    insta::assert_snapshot!(read(""), @r#"command ignore low_confidence "I cannot read that just now.""#);
}

#[test]
fn an_open_question_takes_short_answers() {
    let choices = ["the red cup".to_owned(), "the blue cup".to_owned()];
    let open = Context {
        open: Some(Open { choices: &choices }),
        ..Context::default()
    };
    let blue = read(&sketch("the blue one").act("fragment"), &open);
    assert_eq!(
        (blue.act, blue.outcome, blue.choice),
        (Act::Choose, Outcome::Act, Some(1))
    );
    let confirm = Context {
        open: Some(Open { choices: &[] }),
        ..Context::default()
    };
    let yes = read(&sketch("yes please").act("chat"), &confirm);
    assert_eq!((yes.act, yes.outcome), (Act::Confirm, Outcome::Act));
    let other = read(&sketch("[motion go] [goal to the *kitchen]"), &open);
    assert_eq!((other.act, other.outcome), (Act::Command, Outcome::Act));
}

#[test]
fn undo_keeps_its_task() {
    insta::assert_snapshot!(check(&sketch("[placing put] [theme *it] [goal *back]").act("undo")), @r#"
    undo act
      placing 0..11 [put] command
        theme 4..6 "it" head it
        goal 7..11 "back" head back
    "#);
}

#[test]
fn thresholds_have_defaults_in_a_manifest() {
    let thresholds: Thresholds =
        toml::from_str("act_confidence = 0.7\nslope = 1.5").expect("a partial table");
    assert_eq!(
        thresholds,
        Thresholds {
            act_confidence: 0.7,
            slope: 1.5,
            ..Thresholds::default()
        }
    );
}

/// Logits at random for `words`, for the labels of the sketches.
fn random_tags(words: &[words::Token], seed: u64, scale: f32) -> Tags {
    let names = labels();
    let w = words.len();
    let mut state = seed | 1;
    let mut next = || {
        // xorshift64*, so that a failing case is told by its seed alone.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        ((state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * scale
    };
    let mut table = |n: usize| (0..n).map(|_| next()).collect::<Vec<f32>>();
    Tags {
        words: words
            .iter()
            .map(|t| crate::message::Word {
                start: t.span.start,
                end: t.span.end,
            })
            .collect(),
        frames: table(w * names.frames.len()),
        roles: table(w * w * (1 + 2 * names.roles.len())),
        heads: table(w),
        moods: table(w * names.moods.len()),
        acts: table(names.acts.len()),
        langs: table(names.langs.len()),
        embedding: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever the model says of whatever text: no panic, and every offset cuts its text out.
    #[test]
    fn offsets_cut_their_texts_out(text in "\\PC{0,40}", seed: u64, scale in 0.0f32..60.0) {
        let tokens = words::tokens(&text);
        let tags = random_tags(&tokens, seed, scale);
        let reading = understand(&text, Some(&tags), &labels(), &Context::default());
        let cut = |span: Span| text.chars().skip(span.start as usize).take((span.end - span.start) as usize).collect::<String>();
        for task in &reading.tasks {
            prop_assert_eq!(&cut(task.trigger_span), &task.trigger);
            prop_assert!(task.span.start <= task.trigger_span.start && task.span.end >= task.trigger_span.end);
            prop_assert!((0.0..=1.0).contains(&task.score.0));
            for filler in &task.roles {
                prop_assert_eq!(&cut(filler.span), &filler.text);
                prop_assert!(filler.span.start >= task.span.start && filler.span.end <= task.span.end);
                let beside = filler.span.end <= task.trigger_span.start || filler.span.start >= task.trigger_span.end;
                // Only a pronoun written with its verb stands on the trigger.
                prop_assert!(beside || clitic::clitics(&task.trigger).is_some() || task.trigger.contains(&filler.text));
                prop_assert!((0.0..=1.0).contains(&filler.score.0));
                if let Some(head) = &filler.head {
                    prop_assert!(filler.text.contains(head.as_str()));
                }
            }
            for pair in task.roles.windows(2) {
                prop_assert!(pair[0].span.end <= pair[1].span.start);
            }
        }
        prop_assert!(reading.tasks.windows(2).all(|pair| pair[0].trigger_span.start < pair[1].trigger_span.start));
        prop_assert!((0.0..=1.0).contains(&reading.confidence.0));
        prop_assert_eq!(reading.outcome == Outcome::Act, reading.reason.is_none());
    }

    /// Tables of another shape, and logits that are no numbers, are survived.
    #[test]
    fn foreign_tables_are_survived(text in "\\PC{0,30}", seed: u64, cut in 0usize..5) {
        let tokens = words::tokens(&text);
        let mut tags = random_tags(&tokens, seed, 20.0);
        tags.frames.iter_mut().step_by(3).for_each(|x| *x = f32::NAN);
        tags.roles.iter_mut().step_by(7).for_each(|x| *x = f32::INFINITY);
        if cut > 0 {
            tags.roles.truncate(tags.roles.len().saturating_sub(cut));
        }
        for word in tags.words.iter_mut().step_by(2) {
            word.end = word.end.wrapping_add(seed as u32);
        }
        let _ = understand(&text, Some(&tags), &labels(), &Context::default());
        let _ = understand(&text, None, &Labels::default(), &Context::default());
    }
}

#[test]
fn a_description_heard_unsurely_is_asked_about_before_it_is_learnt() {
    let described = read(
        &sketch("[being_located there are] [theme some *napkins] [location on the *table]"),
        &Context::default(),
    );
    assert_eq!(described.outcome, Outcome::Act, "{}", shown(&described));
    let asked = choose::doubted(described.clone(), 0.5);
    assert_eq!(
        (asked.outcome, asked.reason),
        (Outcome::Ask, Some(Reason::LowConfidence))
    );
    assert!(asked.say.is_some());
    assert_eq!(choose::doubted(described.clone(), 0.9), described);
    let told = read(&sketch("[motion go] [goal to the *kitchen]"), &Context::default());
    assert_eq!(choose::doubted(told.clone(), 0.5), told);
}
