// Emoji by the names that people and apps commonly use.

const NAMES = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|clap 👏|raised_hands 🙌|pray 🙏|wave 👋|point_right 👉|point_left 👈|point_up ☝️|point_down 👇|muscle 💪|handshake 🤝|eyes 👀|brain 🧠
smile 😄|grin 😁|joy 😂|slightly_smiling_face 🙂|wink 😉|blush 😊|heart_eyes 😍|thinking_face 🤔|neutral_face 😐|confused 😕|cry 😢|sob 😭|scream 😱|sweat_smile 😅|sunglasses 😎|partying_face 🥳|facepalm 🤦|shrug 🤷|robot_face 🤖|ghost 👻|skull 💀|tada 🎉|confetti_ball 🎊
heart ❤️|broken_heart 💔|fire 🔥|star ⭐|sparkles ✨|boom 💥|zap ⚡|rocket 🚀|rainbow 🌈|sunny ☀️|cloud ☁️|snowflake ❄️|coffee ☕|pizza 🍕|cake 🍰|beer 🍺|gift 🎁|trophy 🏆|medal 🏅|dart 🎯|game_die 🎲
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|warning ⚠️|rotating_light 🚨|exclamation ❗|grey_exclamation ❕|question ❓|grey_question ❔|bangbang ‼️|information_source ℹ️|sos 🆘|new 🆕|ok 🆗|100 💯
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪|black_circle ⚫|red_square 🟥|large_green_square 🟩|large_yellow_square 🟨|white_large_square ⬜|black_large_square ⬛|large_blue_diamond 🔷|small_blue_diamond 🔹|small_orange_diamond 🔸
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|clock3 🕒|watch ⌚|calendar 📆|date 📅|spiral_calendar_pad 🗓️|repeat 🔁|arrows_counterclockwise 🔄|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_right_hook ↪️|leftwards_arrow_with_hook ↩️|fast_forward ⏩|rewind ⏪|double_vertical_bar ⏸️|pause_button ⏸️|arrow_forward ▶️|black_square_for_stop ⏹️
memo 📝|pencil ✏️|pencil2 ✏️|page_facing_up 📄|clipboard 📋|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|file_folder 📁|open_file_folder 📂|package 📦|inbox_tray 📥|outbox_tray 📤|email ✉️|envelope ✉️|link 🔗|paperclip 📎|pushpin 📌|round_pushpin 📍|mag 🔍|lock 🔒|unlock 🔓|key 🔑|bulb 💡|bell 🔔|no_bell 🔕|speech_balloon 💬|thought_balloon 💭|loudspeaker 📢|mega 📣
gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|computer 💻|bug 🐛|construction 🚧|test_tube 🧪|microscope 🔬|satellite 🛰️|money_with_wings 💸|moneybag 💰|credit_card 💳|dollar 💵|euro 💶|chart 💹|house 🏠|office 🏢|earth_africa 🌍|globe_with_meridians 🌐|airplane ✈️|car 🚗|truck 🚚|checkered_flag 🏁|triangular_flag_on_post 🚩|wastebasket 🗑️|recycle ♻️|infinity ♾️|heavy_plus_sign ➕|heavy_minus_sign ➖|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣`;

const KNOWN = new Map(NAMES.trim().split(/[|\n]/).map((pair) => pair.split(" ")));

export const emojiOf = (name) => KNOWN.get(name.replace(/::skin-tone-\d$/, ""));
export const emojiNames = () => [...KNOWN.keys()];
