"""Who and what is in the synthetic run: derainers, rain sets, classes, and what stands where."""

from tasks.class_colours import box_colours, label_colours

HEAVY = "streets-heavy"
LIGHT = "light_<50%> & fog"
WEIRD = "a&b_<net>"
WEIRD_TITLE = "A&B_<Net> 5% $x$ #1"
DERAINERS = {  # name: (title, share of the rain that it takes out, parameters)
    "rainy": ("Rainy input", 0.0, 0),
    "clean": ("Clean image", 1.0, 0),
    "rdmc": ("RDMC", 0.72, 1_240_000),
    "prenet": ("PReNet", 0.55, 168_963),
    "lightnet": ("LightNet", 0.31, 42_000),
    "oldfilter": ("Guided filter", -0.12, 0),
    WEIRD: (WEIRD_TITLE, 0.55, 9_999),
}
BOX_CLASSES = ("car", "bus", "person", "bicycle", "sign")
LABEL_CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian",
    "bicyclist",
)  # fmt: skip
COLOURS = {"detection": box_colours(BOX_CLASSES), "segmentation": label_colours(LABEL_CLASSES)}
IMAGES = 12
WIDTH, HEIGHT = 320, 192
STRENGTH = {HEAVY: 1.0, LIGHT: 0.45}


def image_ids(rain_set):
    return [f"{rain_set[:5]}/street {index:02d}" for index in range(IMAGES)]


def failure(rain_set, derainer, image):
    if rain_set == HEAVY and derainer == "prenet" and image in image_ids(rain_set)[3:5]:
        return "restore returned 17 values that are NaN or infinite"
    if rain_set == LIGHT and derainer == "lightnet":
        return f"{image}.png: damaged or truncated (<image file> & 12 bytes); fetch it again"
    return ""


def scene_boxes(index):
    return [
        ("car", (30 + 8 * index % 90, 120, 110 + 8 * index % 90, 160)),
        ("bus", (190, 85, 275, 155)),
        ("person", (140, 115, 152, 150)),
        ("sign", (292, 70, 306, 84)),
    ]
