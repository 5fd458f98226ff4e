use super::*;
use crate::understand::sketch::sketch;

/// Language, expected moods of the triggers in order (`-` where the words say nothing), annotated text.
const CASES: &str = "
en|prohibition|don't [taking touch] the vase
en|prohibition|do not [motion go] into the kitchen
en|prohibition|please don't ever [taking take] my cup
en|prohibition|never [motion go] there
en|prohibition|you must not [closure open] the door
en|prohibition|I don't want you to [taking take] the cup
en|prohibition|don’t [taking take] it
en|prohibition|DON'T [motion MOVE] THE TABLE
en|prohibition|dont [releasing drop] the glass
en|prohibition|you shouldn't [taking touch] that
en|prohibition|don't you dare [closure open] the window
en|prohibition|could you not [closure close] the door
en|prohibition|do not go and [taking take] the cup
en|prohibition|don't try to [closure open] the box
en|prohibition|avoid [motion going] near the stairs
en|prohibition|refrain from [taking touching] the plants
en|prohibition|stop [cotheme following] me
en|prohibition,prohibition|don't [taking touch] the vase or [motion move] it
en|-,prohibition|[motion go] to the kitchen but don't [taking touch] the knife
en|prohibition,command|don't [taking take] the red one, [taking take] the blue one
en|-,prohibition|[motion go] to the kitchen without [taking touching] anything
en|prohibition|under no circumstances don't [motion move]
en|command|why don't you [bringing bring] me the cup
en|command|can't you [bringing bring] me the cup
en|command|couldn't you [closure close] the door please
en|command|don't forget to [closure close] the door
en|command|it would be nice if you could [bringing bring] me my phone
en|command|I'd be grateful if you would [closure close] the door
en|hypothesis|what would be nice if you could [motion fly]
en|-|never mind the cup [taking take] the bottle
en|-|no, [taking take] the other cup
en|-|if you don't mind [bringing bring] me a coffee
en|-|not the red cup, [taking take] the blue one
en|hypothesis|what happens if you [releasing drop] it
en|hypothesis|what would happen if you [releasing dropped] the glass
en|hypothesis|what if you [releasing drop] the vase
en|hypothesis|suppose you [taking take] the knife
en|hypothesis|if you [releasing drop] it I will be angry
en|hypothesis|if I told you to [taking take] the cup
en|hypothesis,-|if you [locating see] Anna [statement tell] her dinner is ready
en|hypothesis,-|if you [motion go] to the kitchen, [bringing bring] me a beer
en|-|if the door is open [closure close] it
en|-|if you can, [bringing bring] me a coffee
en|-|could you [inspecting check] if the door is open
en|-,-|[inspecting check] if the cup [being_located is] on the table
en|-|can you [bringing bring] me the cup
en|-|could you please [bringing bring] me the cup
en|-|would you [bringing bring] me the cup
en|-|will you [closure close] the door
en|-|I want you to [bringing bring] me the cup
en|-|I would like you to [motion go] to the kitchen
en|-|I need you to [locating find] my keys
en|-|you should [bringing bring] me the brown envelope
en|-|do you think you can [locating find] my wallet
en|-|may you please [taking take] it to the restroom
en|-|could I [bringing have] a coffee
en|report|I [taking took] the cup yesterday
en|report|yesterday I [placing put] the cup on the table
en|report|she has [bringing brought] me the cup
en|report|he [motion went] to the kitchen
en|report|I have already [taking taken] it
en|report|you [bringing brought] me the wrong cup
en|report|I'm [motion going] to the kitchen
en|report|we will [motion go] home
en|report|I already [closure closed] the door
en|-|[bringing bring] me the book I bought yesterday
en|-|robot [motion go] to the kitchen
en|-|and then [motion come] back
en|-|the fridge [being_located is] on your right side
en|-|she [being_located is] in the kitchen
en|question|should I [taking take] the cup
en|question|did you [taking take] the cup
en|question|how do I [closure open] the door
en|question|have you [closure closed] the door
en|question|why did you [releasing drop] it
en|-|where [being_located is] the cup
en|-|how many cups [being_located are] on the table
it|prohibition|non [taking toccare] il vaso
it|prohibition|per favore non [closure aprire] la porta
it|prohibition|non devi [taking prendere] la tazza
it|prohibition|non voglio che tu [taking prenda] la tazza
it|prohibition|non [motion andare] mai in cucina
it|prohibition,command|non [taking prendere] il rosso, [taking prendi] il blu
it|-,prohibition|[motion vai] in cucina senza [taking toccare] niente
it|command|perché non mi [bringing porti] la tazza
it|command|non dimenticare di [closure chiudere] la porta
it|-|potresti [bringing portarmi] un caffè
it|-|mi [bringing porti] la tazza
it|hypothesis|cosa succede se lo [releasing fai cadere]
it|hypothesis,-|se [locating vedi] Anna [statement dille] che la cena è pronta
it|-|[inspecting controlla] se la porta è aperta
it|report|ho [taking preso] la tazza ieri
it|report|ieri Anna ha [bringing portato] il libro
it|report|io [motion vado] in cucina
it|-|[bringing portami] il libro che ho comprato ieri
it|question|posso [taking prendere] la tazza
zh|prohibition|别[taking碰]花瓶
zh|prohibition|不要[motion去]厨房
zh|prohibition|请不要[closure打开]门
zh|prohibition|别把杯子[taking拿走]
zh|prohibition|千万别[releasing扔]
zh|prohibition,command|不要[taking拿]红杯子，[taking拿]蓝杯子
zh|-,prohibition|[motion去]厨房，别[taking碰]刀
zh|command|能不能[bringing拿]一杯水给我
zh|-|把别的杯子[bringing拿]过来
zh|command|别忘了[closure关]门
zh|hypothesis|如果你把它[releasing掉]了会怎么样
zh|hypothesis,-|如果[locating看到]安娜，就[statement告诉]她吃饭了
zh|-|如果门开着就[closure关]上
zh|report|我昨天[taking拿]了杯子
zh|report|谢谢你给我[bringing拿]水
zh|-|谢谢你，[bringing拿]水
zh|report|我把杯子[placing放]在桌子上了
zh|-|我想要你[bringing拿]一杯水
zh|-|帮我[bringing拿]一杯水
zh|-|把我昨天买的书[bringing拿]来
zh|question|怎么[closure打开]门
";

#[test]
fn the_words_tell_moods() {
    let mut wrong = Vec::new();
    for line in CASES.lines().filter(|line| !line.is_empty()) {
        let mut fields = line.splitn(3, '|');
        let (lang, expected, annotated) = (
            fields.next().unwrap_or(""),
            fields.next().unwrap_or(""),
            fields.next().unwrap_or(""),
        );
        let drawn = sketch(annotated);
        let got: Vec<String> = lexical(
            &crate::understand::words::tokens(&drawn.text),
            &drawn.tasks(),
            lang,
        )
        .into_iter()
        .map(|mood| {
            mood.map_or("-".to_owned(), |mood| {
                serde_json::to_value(mood)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default()
            })
        })
        .collect();
        if got.join(",") != expected {
            wrong.push(format!("{line}: got {}", got.join(",")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn either_witness_suffices_to_refuse() {
    let names: Vec<String> = [
        "command",
        "prohibition",
        "hypothesis",
        "report",
        "question",
        "description",
    ]
    .map(str::to_owned)
    .to_vec();
    let sure = [0.95, 0.01, 0.01, 0.01, 0.01, 0.01];
    let split = [0.4, 0.35, 0.2, 0.03, 0.01, 0.01];
    let against = [0.1, 0.8, 0.05, 0.05, 0.0, 0.0];
    let check = |model: &[f32], lexical, frame: Frame, expected| {
        assert_eq!(
            decide(model, &names, lexical, &frame, 0.5),
            expected,
            "{model:?} {lexical:?}"
        );
    };
    check(&sure, None, Frame::Taking, Mood::Command);
    check(&sure, Some(Mood::Prohibition), Frame::Taking, Mood::Prohibition);
    check(&against, None, Frame::Taking, Mood::Prohibition);
    check(&split, None, Frame::Taking, Mood::Prohibition);
    check(&sure, None, Frame::BeingLocated, Mood::Description);
    // "why don't you bring…": the words leave no doubt that it is asked for.
    check(&against, Some(Mood::Command), Frame::Taking, Mood::Command);
}
