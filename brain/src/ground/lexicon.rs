//! What words say about kinds of things: synonyms, is-a, dangers and what a gripper may hold.
//!
//! The classes are those of COCO, which detectors name, and what homes have besides. It is plain data; it decides
//! nothing.

use crate::config::Hazard::{self, Flammable, Fragile, Hot, Liquid, Poisonous, Sharp};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One class of things.
#[derive(Debug)]
pub struct Entry {
    /// The class, as detectors name it.
    pub class: &'static str,
    /// Other words for it: English, Italian and Chinese.
    pub names: &'static [&'static str],
    /// What it is a kind of.
    pub is_a: &'static [&'static str],
    /// What makes it dangerous.
    pub hazards: &'static [Hazard],
    /// A small gripper may hold it.
    pub movable: bool,
    /// A detector can see it.
    pub visible: bool,
}

const fn seen(class: &'static str, names: &'static [&'static str], is_a: &'static [&'static str]) -> Entry {
    Entry {
        class,
        names,
        is_a,
        hazards: &[],
        movable: false,
        visible: true,
    }
}

const fn small(class: &'static str, names: &'static [&'static str], is_a: &'static [&'static str]) -> Entry {
    Entry {
        class,
        names,
        is_a,
        hazards: &[],
        movable: true,
        visible: true,
    }
}

const fn risky(
    class: &'static str,
    names: &'static [&'static str],
    is_a: &'static [&'static str],
    hazards: &'static [Hazard],
    visible: bool,
) -> Entry {
    Entry {
        class,
        names,
        is_a,
        hazards,
        movable: true,
        visible,
    }
}

const fn told(class: &'static str, names: &'static [&'static str], is_a: &'static [&'static str]) -> Entry {
    Entry {
        class,
        names,
        is_a,
        hazards: &[],
        movable: false,
        visible: false,
    }
}

/// All classes.
pub const ENTRIES: &[Entry] = &[
    seen(
        "person",
        &[
            "man", "woman", "human", "somebody", "someone", "people", "persona", "uomo", "donna", "人",
        ],
        &[],
    ),
    seen("bicycle", &["bike", "bicicletta", "bici", "自行车"], &["vehicle"]),
    seen("car", &["auto", "macchina", "汽车"], &["vehicle"]),
    seen("motorcycle", &["motorbike", "moto", "摩托车"], &["vehicle"]),
    seen("bus", &["autobus", "公交车"], &["vehicle"]),
    seen("train", &["treno", "火车"], &["vehicle"]),
    seen("truck", &["lorry", "camion", "卡车"], &["vehicle"]),
    seen("boat", &["ship", "barca", "船"], &["vehicle"]),
    seen("bench", &["panchina", "长凳"], &["furniture", "seat"]),
    seen("bird", &["uccello", "鸟"], &["animal", "pet"]),
    seen("cat", &["kitten", "kitty", "gatto", "猫"], &["animal", "pet"]),
    seen("dog", &["puppy", "cane", "狗"], &["animal", "pet"]),
    seen("horse", &["cavallo", "马"], &["animal"]),
    seen("sheep", &["pecora", "羊"], &["animal"]),
    seen("cow", &["mucca", "牛"], &["animal"]),
    small("backpack", &["rucksack", "zaino", "背包"], &["bag"]),
    small("umbrella", &["ombrello", "雨伞", "伞"], &[]),
    small("handbag", &["purse", "borsa", "borsetta", "手提包"], &["bag"]),
    small("tie", &["necktie", "cravatta", "领带"], &["clothes"]),
    seen("suitcase", &["valigia", "行李箱"], &["bag", "luggage"]),
    small("frisbee", &["飞盘"], &["toy"]),
    small(
        "sports ball",
        &["ball", "football", "tennis ball", "palla", "pallone", "球"],
        &["toy"],
    ),
    small("kite", &["aquilone", "风筝"], &["toy"]),
    seen("skateboard", &["滑板"], &["toy"]),
    small(
        "bottle",
        &["flask", "bottiglia", "瓶子", "水瓶"],
        &["drink", "container", "beverage"],
    ),
    risky(
        "wine glass",
        &["glass", "goblet", "bicchiere", "酒杯", "玻璃杯"],
        &["dish", "dishes", "tableware", "container"],
        &[Fragile],
        true,
    ),
    small(
        "cup",
        &[
            "mug",
            "teacup",
            "coffee cup",
            "beaker",
            "tazza",
            "tazzina",
            "杯子",
            "茶杯",
        ],
        &["dish", "dishes", "tableware", "container"],
    ),
    small(
        "fork",
        &["forchetta", "叉子"],
        &["cutlery", "dishes", "tableware"],
    ),
    risky(
        "knife",
        &["blade", "coltello", "刀", "小刀", "刀子"],
        &["cutlery", "dishes", "tableware", "tool"],
        &[Sharp],
        true,
    ),
    small(
        "spoon",
        &["teaspoon", "cucchiaio", "cucchiaino", "勺子"],
        &["cutlery", "dishes", "tableware"],
    ),
    small(
        "bowl",
        &["ciotola", "scodella", "碗"],
        &["dish", "dishes", "tableware", "container"],
    ),
    small("banana", &["香蕉"], &["fruit", "food", "snack"]),
    small("apple", &["mela", "苹果"], &["fruit", "food", "snack"]),
    small("sandwich", &["panino", "三明治"], &["food", "snack"]),
    small(
        "orange",
        &["arancia", "橙子", "橘子"],
        &["fruit", "food", "snack"],
    ),
    small("broccoli", &["西兰花"], &["vegetable", "food"]),
    small("carrot", &["carota", "胡萝卜"], &["vegetable", "food", "snack"]),
    small("hot dog", &["热狗"], &["food"]),
    seen("pizza", &["披萨"], &["food"]),
    small("donut", &["doughnut", "ciambella", "甜甜圈"], &["food", "snack"]),
    small("cake", &["torta", "蛋糕"], &["food"]),
    seen("chair", &["stool", "sedia", "椅子"], &["furniture", "seat"]),
    seen(
        "couch",
        &["sofa", "settee", "divano", "沙发"],
        &["furniture", "seat"],
    ),
    seen(
        "potted plant",
        &["plant", "flower", "flowers", "pianta", "植物", "花"],
        &[],
    ),
    seen("bed", &["letto", "床"], &["furniture"]),
    seen(
        "dining table",
        &[
            "table",
            "desk",
            "tavolo",
            "tavola",
            "scrivania",
            "桌子",
            "餐桌",
            "书桌",
        ],
        &["furniture", "surface"],
    ),
    seen("toilet", &["wc", "马桶"], &[]),
    seen(
        "tv",
        &[
            "television",
            "telly",
            "tv set",
            "televisione",
            "televisore",
            "电视",
            "电视机",
        ],
        &["electronics", "screen", "device"],
    ),
    small(
        "laptop",
        &["notebook", "computer", "portatile", "笔记本电脑", "电脑"],
        &["electronics", "device"],
    ),
    small("mouse", &["computer mouse", "鼠标"], &["electronics"]),
    small(
        "remote",
        &["remote control", "telecomando", "遥控器"],
        &["electronics"],
    ),
    small("keyboard", &["tastiera", "键盘"], &["electronics"]),
    small(
        "cell phone",
        &[
            "phone",
            "mobile",
            "mobile phone",
            "smartphone",
            "telefono",
            "cellulare",
            "手机",
            "电话",
        ],
        &["electronics", "device"],
    ),
    seen(
        "microwave",
        &["microonde", "微波炉"],
        &["electronics", "appliance", "device"],
    ),
    Entry {
        class: "oven",
        names: &["stove", "cooker", "forno", "烤箱", "炉子"],
        is_a: &["appliance", "device"],
        hazards: &[Hot],
        movable: false,
        visible: true,
    },
    seen(
        "toaster",
        &["tostapane", "烤面包机"],
        &["electronics", "appliance", "device"],
    ),
    seen("sink", &["washbasin", "lavandino", "lavello", "水槽"], &[]),
    seen(
        "refrigerator",
        &["fridge", "frigo", "frigorifero", "冰箱"],
        &["electronics", "appliance", "device"],
    ),
    small("book", &["novel", "libro", "书"], &["reading"]),
    seen("clock", &["orologio", "时钟", "钟"], &["device"]),
    risky("vase", &["vaso", "花瓶"], &["container"], &[Fragile], true),
    risky("scissors", &["forbici", "剪刀"], &["tool"], &[Sharp], true),
    small(
        "teddy bear",
        &["teddy", "stuffed animal", "orsacchiotto", "泰迪熊"],
        &["toy"],
    ),
    small(
        "hair drier",
        &["hair dryer", "asciugacapelli", "吹风机"],
        &["electronics", "device"],
    ),
    small("toothbrush", &["spazzolino", "牙刷"], &[]),
    risky(
        "kettle",
        &["teapot", "bollitore", "水壶"],
        &["appliance", "device"],
        &[Hot, Liquid],
        false,
    ),
    risky(
        "coffee",
        &["hot coffee", "caffè", "咖啡"],
        &["drink", "beverage"],
        &[Hot, Liquid],
        false,
    ),
    risky(
        "tea",
        &["hot tea", "tè", "茶"],
        &["drink", "beverage"],
        &[Hot, Liquid],
        false,
    ),
    risky(
        "soup",
        &["hot soup", "zuppa", "汤"],
        &["food"],
        &[Hot, Liquid],
        false,
    ),
    risky(
        "boiling water",
        &["hot water", "acqua bollente", "开水", "热水"],
        &[],
        &[Hot, Liquid],
        false,
    ),
    risky(
        "water",
        &["acqua", "水"],
        &["drink", "beverage"],
        &[Liquid],
        false,
    ),
    risky(
        "juice",
        &[
            "milk", "soda", "coke", "beer", "wine", "succo", "latte", "birra", "vino", "果汁", "牛奶", "可乐",
        ],
        &["drink", "beverage"],
        &[Liquid],
        false,
    ),
    risky("oil", &["olio", "油"], &[], &[Liquid, Flammable], false),
    risky(
        "bleach",
        &[
            "detergent",
            "cleaner",
            "drain cleaner",
            "ammonia",
            "pesticide",
            "poison",
            "rat poison",
            "candeggina",
            "detersivo",
            "veleno",
            "漂白剂",
            "毒药",
        ],
        &[],
        &[Poisonous, Liquid],
        false,
    ),
    risky(
        "gasoline",
        &[
            "petrol",
            "alcohol",
            "lighter fluid",
            "benzina",
            "alcol",
            "汽油",
            "酒精",
        ],
        &[],
        &[Flammable, Liquid, Poisonous],
        false,
    ),
    risky(
        "match",
        &[
            "matches",
            "lighter",
            "candle",
            "fire",
            "torch",
            "fiammiferi",
            "accendino",
            "candela",
            "火柴",
            "打火机",
            "蜡烛",
        ],
        &[],
        &[Hot, Flammable],
        false,
    ),
    risky(
        "medicine",
        &[
            "pills", "pill", "drug", "drugs", "medicina", "medicine", "pillole", "药",
        ],
        &[],
        &[Poisonous],
        false,
    ),
    risky(
        "axe",
        &[
            "saw", "needle", "razor", "sword", "drill", "ascia", "sega", "ago", "斧头", "针",
        ],
        &["tool"],
        &[Sharp],
        false,
    ),
    risky(
        "gun",
        &[
            "pistol", "rifle", "weapon", "bomb", "pistola", "fucile", "arma", "枪", "武器",
        ],
        &[],
        &[Sharp, Flammable],
        false,
    ),
    told(
        "lamp",
        &["light", "lampada", "luce", "灯", "台灯"],
        &["device", "electronics"],
    ),
    told(
        "radio",
        &["stereo", "music", "收音机"],
        &["device", "electronics"],
    ),
    told("door", &["porta", "门"], &[]),
    told("window", &["finestra", "窗户"], &[]),
    told(
        "shelf",
        &["bookshelf", "rack", "mensola", "scaffale", "架子"],
        &["furniture", "surface"],
    ),
    told(
        "cupboard",
        &[
            "cabinet", "wardrobe", "closet", "drawer", "armadio", "cassetto", "柜子",
        ],
        &["furniture"],
    ),
    told(
        "nightstand",
        &["bedside table", "comodino", "床头柜"],
        &["furniture", "surface"],
    ),
];

/// The entry of a class or of any of its names, in lower case; English plurals are understood.
#[must_use]
pub fn entry(word: &str) -> Option<&'static Entry> {
    INDEX.get(singular(word).as_str()).map(|i| &ENTRIES[*i])
}

/// Where the entry of each word stands, words without the ending of the plural. Classes count before other names, and
/// of two entries with one name the first.
static INDEX: LazyLock<BTreeMap<String, usize>> = LazyLock::new(|| {
    let names = ENTRIES
        .iter()
        .enumerate()
        .flat_map(|(i, e)| e.names.iter().map(move |n| (singular(n), i)));
    let classes = ENTRIES.iter().enumerate().map(|(i, e)| (singular(e.class), i));
    let mut index = BTreeMap::new();
    for (word, i) in classes.chain(names) {
        index.entry(word).or_insert(i);
    }
    index
});

/// Whether this class is a kind of that.
#[must_use]
pub fn is_a(class: &str, kind: &str) -> bool {
    let kind = singular(kind);
    ENTRIES
        .iter()
        .any(|e| e.class == class && e.is_a.iter().any(|k| singular(k) == kind))
}

/// Whether some class is a kind of this ("drink", "fruit").
#[must_use]
pub fn is_kind(word: &str) -> bool {
    let word = singular(word);
    ENTRIES.iter().any(|e| e.is_a.iter().any(|k| singular(k) == word))
}

/// The word without the ending of an English plural. Words that are no plural only have to come out alike each time.
#[must_use]
pub fn singular(word: &str) -> String {
    for (plural, one) in [
        ("knives", "knife"),
        ("shelves", "shelf"),
        ("people", "person"),
        ("glasses", "glass"),
    ] {
        if let Some(before) = word.strip_suffix(plural) {
            return format!("{before}{one}");
        }
    }
    for ending in ["ches", "shes", "xes", "sses"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// An English class as so many are called.
#[must_use]
pub fn plural(class: &str, count: u32) -> String {
    if count == 1 || class.ends_with("scissors") {
        return class.to_owned();
    }
    for (one, many) in [
        ("person", "people"),
        ("knife", "knives"),
        ("mouse", "mice"),
        ("sheep", "sheep"),
    ] {
        if let Some(before) = class.strip_suffix(one) {
            return format!("{before}{many}");
        }
    }
    let hissing =
        class.ends_with('s') || class.ends_with("ch") || class.ends_with("sh") || class.ends_with('x');
    format!("{class}{}", if hissing { "es" } else { "s" })
}

/// Colour words, English first: the name that the eyes use, then what people say.
const COLORS: &[(&str, &[&str])] = &[
    ("red", &["rosso", "rossa", "rossi", "rosse", "红色", "红"]),
    ("orange", &["arancione", "arancioni", "橙色"]),
    ("yellow", &["giallo", "gialla", "gialli", "gialle", "黄色", "黄"]),
    ("green", &["verde", "verdi", "绿色", "绿"]),
    ("blue", &["blu", "azzurro", "azzurra", "navy", "蓝色", "蓝"]),
    ("purple", &["violet", "viola", "紫色", "紫"]),
    ("pink", &["rosa", "粉色", "粉红色"]),
    ("brown", &["marrone", "marroni", "棕色", "棕"]),
    ("black", &["nero", "nera", "neri", "nere", "黑色", "黑"]),
    ("white", &["bianco", "bianca", "bianchi", "bianche", "白色", "白"]),
    ("gray", &["grey", "silver", "grigio", "grigia", "灰色", "灰"]),
];

/// The colour a word names, as the eyes call it.
#[must_use]
pub fn color(word: &str) -> Option<&'static str> {
    COLORS
        .iter()
        .find(|(name, others)| *name == word || others.contains(&word))
        .map(|(name, _)| *name)
}

/// The colour words of Chinese, the longest first.
pub fn chinese_colors() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLORS
        .iter()
        .flat_map(|(name, others)| others.iter().filter(|o| !o.is_ascii()).map(move |o| (*o, *name)))
}

/// A class in the words of a language: the first name of its script that is no English one.
#[must_use]
pub fn spoken(class: &str, lang: &str) -> String {
    let Some(entry) = ENTRIES.iter().find(|e| e.class == class) else {
        return class.to_owned();
    };
    let name = match lang {
        "zh" => entry
            .names
            .iter()
            .find(|n| !n.is_ascii() && n.chars().all(|c| c > '\u{2e80}'))
            .copied(),
        "it" => ITALIAN.iter().find(|(en, _)| *en == class).map(|(_, it)| *it),
        _ => None,
    };
    name.unwrap_or(class).to_owned()
}

/// What Italians call what a robot is most often asked for.
const ITALIAN: &[(&str, &str)] = &[
    ("person", "persona"),
    ("bottle", "bottiglia"),
    ("wine glass", "bicchiere"),
    ("cup", "tazza"),
    ("fork", "forchetta"),
    ("knife", "coltello"),
    ("spoon", "cucchiaio"),
    ("bowl", "ciotola"),
    ("banana", "banana"),
    ("apple", "mela"),
    ("orange", "arancia"),
    ("chair", "sedia"),
    ("couch", "divano"),
    ("bed", "letto"),
    ("dining table", "tavolo"),
    ("tv", "televisore"),
    ("laptop", "portatile"),
    ("cell phone", "telefono"),
    ("refrigerator", "frigorifero"),
    ("book", "libro"),
    ("vase", "vaso"),
    ("scissors", "forbici"),
    ("cat", "gatto"),
    ("dog", "cane"),
    ("backpack", "zaino"),
    ("potted plant", "pianta"),
    ("clock", "orologio"),
    ("remote", "telecomando"),
];

/// A name with its colour, in the order and form of the language.
#[must_use]
pub fn colored(name: &str, color: &str, lang: &str) -> String {
    let words = COLORS
        .iter()
        .find(|(c, _)| *c == color)
        .map_or(&[] as &[&str], |(_, others)| *others);
    match lang {
        "it" => {
            let feminine = name.ends_with('a');
            let fits = |w: &&&str| w.is_ascii() && (w.ends_with('a') == feminine || !w.ends_with(['a', 'o']));
            format!("{name} {}", words.iter().find(fits).unwrap_or(&color))
        }
        "zh" => format!(
            "{}的{name}",
            words.iter().find(|w| !w.is_ascii()).unwrap_or(&color)
        ),
        _ => format!("{color} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_to_their_class() {
        let check =
            |word: &str, class: Option<&str>| assert_eq!(entry(word).map(|e| e.class), class, "{word}");
        check("mugs", Some("cup"));
        check("tazza", Some("cup"));
        check("杯子", Some("cup"));
        check("knives", Some("knife"));
        check("wine glasses", Some("wine glass"));
        check("glass", Some("wine glass"));
        check("bus", Some("bus"));
        check("scissors", Some("scissors"));
        check("flurble", None);
        assert!(is_a("bottle", "drinks") && is_a("apple", "fruit") && !is_a("cup", "fruit"));
        assert!(is_kind("drink") && !is_kind("cup"));
        assert_eq!(color("rossa"), Some("red"));
    }
}
