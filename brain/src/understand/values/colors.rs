//! Colour words, in the names that vision uses.

use crate::understand::words::Token;

/// The colour at token `at`, by its English name, and the token after it.
#[must_use]
pub fn color(tokens: &[Token], at: usize, lang: &str) -> Option<(&'static str, usize)> {
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.text.as_str());
    match lang {
        "zh" => {
            let name = han(word(0))?;
            let colored = matches!(word(1), "色" | "的");
            // Things whose name begins with a colour: cucumber, butter, wine, tea, juice, cabbage, bank, board, pepper.
            let thing = matches!(
                word(1),
                "瓜" | "油"
                    | "酒"
                    | "茶"
                    | "汁"
                    | "菜"
                    | "行"
                    | "板"
                    | "椒"
                    | "糖"
                    | "豆"
                    | "子"
                    | "薯"
                    | "天"
                    | "色素"
            );
            // Characters that make another word with the one before: 明白, 现金, 奖金.
            let other = at > 0
                && matches!(
                    tokens[at - 1].text.as_str(),
                    "明" | "现" | "奖" | "资" | "表" | "黄" | "空"
                );
            (colored || (!thing && !other && !word(1).is_empty()))
                .then_some((name, at + 1 + usize::from(word(1) == "色")))
        }
        "it" => {
            let name = italian(word(0))?;
            let thing = at > 0 && matches!(tokens[at - 1].text.as_str(), "vino" | "tè" | "caffè" | "succo");
            (!thing).then_some((name, at + 1))
        }
        _ => {
            let name = english(word(0))?;
            // "an orange", "orange juice", "red wine" are things of their own.
            let alone = word(0) == "orange" && !word(1).chars().all(char::is_alphabetic)
                || word(0) == "orange" && (word(1).is_empty() || function_word(word(1)));
            let thing = matches!(
                word(1),
                "juice" | "wine" | "tea" | "coffee" | "pepper" | "chocolate" | "onion" | "board"
            );
            (!alone && !thing).then_some((name, at + 1))
        }
    }
}

fn function_word(word: &str) -> bool {
    matches!(
        word,
        "on" | "in" | "from" | "to" | "at" | "and" | "please" | "that" | "near" | "next" | "under" | "with"
    )
}

fn english(word: &str) -> Option<&'static str> {
    Some(match word {
        "red" => "red",
        "green" => "green",
        "blue" => "blue",
        "yellow" => "yellow",
        "orange" => "orange",
        "purple" | "violet" => "purple",
        "pink" => "pink",
        "brown" => "brown",
        "black" => "black",
        "white" => "white",
        "gray" | "grey" => "gray",
        "silver" => "silver",
        "golden" => "gold",
        "beige" => "beige",
        _ => return None,
    })
}

fn italian(word: &str) -> Option<&'static str> {
    Some(match word {
        "rosso" | "rossa" | "rossi" | "rosse" => "red",
        "verde" | "verdi" => "green",
        "blu" | "azzurro" | "azzurra" | "azzurri" | "azzurre" => "blue",
        "giallo" | "gialla" | "gialli" | "gialle" => "yellow",
        "arancione" | "arancioni" => "orange",
        "viola" => "purple",
        "rosa" => "pink",
        "marrone" | "marroni" => "brown",
        "nero" | "nera" | "neri" | "nere" => "black",
        "bianco" | "bianca" | "bianchi" | "bianche" => "white",
        "grigio" | "grigia" | "grigi" | "grigie" => "gray",
        "argentato" | "argentata" => "silver",
        "dorato" | "dorata" => "gold",
        "beige" => "beige",
        _ => return None,
    })
}

fn han(word: &str) -> Option<&'static str> {
    Some(match word {
        "红" => "red",
        "绿" => "green",
        "蓝" => "blue",
        "黄" => "yellow",
        "橙" | "橘" => "orange",
        "紫" => "purple",
        "粉" => "pink",
        "棕" | "褐" => "brown",
        "黑" => "black",
        "白" => "white",
        "灰" => "gray",
        "银" => "silver",
        "金" => "gold",
        _ => return None,
    })
}
