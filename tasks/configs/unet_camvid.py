# The streets' segmentor trained on for CamVid's 11 classes, which are the streets' own: a narrow
# U-Net (Ronneberger et al., 2015, arXiv:1505.04597) that begins with what it learned from rendered
# scenes. `harness.training.perception` fills in paths and epochs.
_base_ = "unet_streets.py"
image_scale = (480, 360)  # width, height

model = dict(
    decode_head=dict(
        loss_decode=dict(
            # The power -0.25 of each class's share of the training frames' pixels.
            class_weight=[0.95, 0.88, 1.93, 0.81, 1.32, 1.09, 1.85, 1.87, 1.24, 2.15, 2.62],
        ),
    ),
)

# No rain and nothing that looks like it: the segmentor knows clean frames alone.
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=image_scale, ratio_range=(0.8, 1.6), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(288, 384), cat_max_ratio=0.9),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]

train_dataloader = dict(batch_size=6, dataset=dict(data_root="camvid/", pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root="camvid/"))
test_dataloader = val_dataloader

train_cfg = dict(val_interval=5)
