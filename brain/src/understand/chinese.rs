//! Words of Mandarin of two characters and more that robots hear at home: no role begins or ends in the middle of one.
//!
//! Input: the characters of a text. Output: which of them stand behind the first of their word. The words are the names
//! of the grammar that the model was trained with (`models/text/recipe/grammars/zh.txt`).

/// Which of `words`, a character each, carry on the name that the one before is in; the longest name wins.
pub(super) fn inner(words: &[&str]) -> Vec<bool> {
    let mut inner = vec![false; words.len()];
    let mut at = 0;
    while at < words.len() {
        let known = (2..=LONGEST.min(words.len() - at)).rev().find(|size| {
            let word: String = words[at..at + size].concat();
            NAMES.contains(&word.as_str())
        });
        if let Some(size) = known {
            inner[at + 1..at + size].fill(true);
        }
        at += known.unwrap_or(1);
    }
    inner
}

/// Characters of the longest of [`NAMES`].
const LONGEST: usize = 5;

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "丈夫", "三明治", "上面", "下面", "东西", "主卧", "书包", "书房", "书本", "书架", "书桌", "什么", "仓库", "他们", "会议室",
    "体温计", "你们", "信封", "储藏室", "儿子", "儿童房", "充电器", "充电站", "先生", "入口", "冰柜", "冰箱", "凳子", "出口", "刀子",
    "分钟", "前台", "前门", "前面", "剪刀", "办公室", "办公桌", "加湿器", "勺子", "包裹", "医生", "卡片", "卧室", "卫生间", "厕所",
    "原地", "厨房", "叉子", "口罩", "可乐", "台子", "台灯", "右边", "吉他", "同事", "后门", "后面", "吸尘器", "咖啡", "咖啡机",
    "咖啡杯", "哥哥", "啤酒", "围巾", "图书馆", "土豆", "地下室", "地板", "垃圾", "垃圾桶", "垃圾袋", "外套", "外面", "大厅", "大家",
    "大衣", "大门", "太阳镜", "女人", "女儿", "女士", "女孩", "奶奶", "奶酪", "她们", "妈妈", "妹妹", "姐姐", "娃娃", "孩子", "它们",
    "实验室", "客人", "客人们", "客厅", "客房", "对面", "小时", "尺子", "工具箱", "左边", "巧克力", "帽子", "平板电脑", "床单", "床头柜",
    "底下", "弟弟", "微波炉", "快递", "急救箱", "我们", "房门", "房间", "手套", "手提包", "手机", "手电筒", "手表", "打印机", "打火机",
    "托盘", "扫帚", "扳手", "投影仪", "护照", "报纸", "抹布", "抽屉", "拖把", "拖鞋", "摄像头", "收音机", "教室", "文件", "文件夹",
    "旁边", "暖气", "朋友", "木桌", "机器人", "杂志", "杯子", "枕头", "果汁", "架子", "柜台", "柜子", "柠檬", "桃子", "桌子", "梳子",
    "椅子", "植物", "楼上", "楼下", "楼梯", "橙子", "橙汁", "橱柜", "次卧", "毛巾", "毛衣", "毯子", "水壶", "水杯", "水果", "水槽",
    "水池", "水瓶", "水龙头", "沙发", "洗发水", "洗手间", "洗碗机", "洗衣房", "洗衣机", "浴室", "浴巾", "浴缸", "海绵", "炉子", "烤箱",
    "热水器", "照片", "爷爷", "爸爸", "牙刷", "牙膏", "牛奶", "物体", "玄关", "玩具", "现在", "玻璃杯", "瓶子", "电梯", "电池", "电灯",
    "电热水壶", "电脑", "电视", "电视机", "电视柜", "电话", "电风扇", "男人", "男孩", "病房", "百叶窗", "监控", "盒子", "盖子", "盘子",
    "相机", "眼镜", "矿泉水", "砧板", "碗柜", "积木", "空调", "窗台", "窗帘", "窗户", "笔记本", "筷子", "箱子", "篮子", "米饭", "红酒",
    "纸巾", "纸箱", "罐头", "罐子", "网球", "老婆", "老师", "老板", "耳机", "肥皂", "背包", "胡萝卜", "胶带", "自己", "花园", "花瓶",
    "苹果", "茶几", "茶壶", "茶杯", "草莓", "药片", "药瓶", "葡萄", "薯片", "蛋糕", "蜡烛", "螺丝刀", "行李箱", "衣服", "衣柜", "衬衫",
    "袋子", "袜子", "被子", "裤子", "西红柿", "角落", "计算器", "走廊", "路由器", "车库", "车库门", "边上", "这儿", "这里", "遥控器",
    "那儿", "那里", "酒瓶", "酸奶", "里面", "钢琴", "钢笔", "钥匙", "钱包", "铅笔", "锤子", "键盘", "镜子", "长椅", "门口", "问题",
    "闹钟", "阳台", "附近", "院子", "雨伞", "零食", "靠垫", "面包", "面条", "鞋子", "鞋柜", "音乐", "音响", "音箱", "风扇", "食堂",
    "餐具", "餐厅", "餐巾", "餐桌", "饭厅", "饮料", "饼干", "香烟", "香蕉", "鸡蛋", "鼠标",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_together() {
        let check = |text: &str, expected: &str| {
            let words: Vec<String> = text.chars().map(String::from).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let shown: String = inner(&words)
                .iter()
                .map(|inner| if *inner { '+' } else { '.' })
                .collect();
            assert_eq!(shown, expected, "{text}");
        };
        check("告诉他们现在几点", "...+.+..");
        check("把垃圾袋拿到厨房", "..++...+");
        check("", "");
    }

    #[test]
    fn names_are_no_longer_than_the_longest() {
        assert!(
            NAMES
                .iter()
                .all(|name| (2..=LONGEST).contains(&name.chars().count()))
        );
    }
}
