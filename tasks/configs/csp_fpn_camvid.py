# A segmentor for CamVid's 11 classes that keeps up with a camera: the backbone of YOLOX-nano (Ge et
# al., 2021, arXiv:2107.08430) under semantic FPN (Kirillov et al., 2019, arXiv:1901.02446). Trained
# on CamVid's training frames without rain, from YOLOX-nano's COCO weights, whose batch norms are
# folded, so that they stay as they are (`norm_eval`). `harness.training.perception` fills in paths
# and epochs. Classes, optimiser and hooks are those of the streets' segmentor.
_base_ = "unet_streets.py"
image_scale = (720, 540)  # width, height: frames of 480x360 enlarged, for poles and signs
width = 64  # channels of the pyramid

model = dict(
    _delete_=True,
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="SegDataPreProcessor",  # levels as they are, as YOLOX takes them
        size_divisor=32,
        test_cfg=dict(size_divisor=32),
        pad_val=114,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="mmdet.CSPDarknet",
        deepen_factor=0.33,
        widen_factor=0.25,
        out_indices=(1, 2, 3, 4),
        use_depthwise=True,
        norm_cfg=dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg=dict(type="Swish"),
        norm_eval=True,
    ),
    neck=dict(
        type="FPN",
        in_channels=[32, 64, 128, 256],
        out_channels=width,
        num_outs=4,
        norm_cfg=dict(type="BN", requires_grad=True),
    ),
    decode_head=dict(
        type="FPNHead",
        in_channels=[width] * 4,
        in_index=[0, 1, 2, 3],
        feature_strides=[4, 8, 16, 32],
        channels=width,
        dropout_ratio=0.1,
        num_classes=11,
        norm_cfg=dict(type="BN", requires_grad=True),
        align_corners=False,
        loss_decode=dict(
            type="CrossEntropyLoss",
            use_sigmoid=False,
            # The power -0.4 of each class's share of the training frames' pixels.
            class_weight=[0.92, 0.81, 2.87, 0.72, 1.56, 1.15, 2.68, 2.72, 1.41, 3.41, 4.67],
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)

# No rain and nothing that looks like it: the segmentor knows clean frames alone.
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=image_scale, ratio_range=(0.6, 1.5), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(256, 352), cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion", brightness_delta=40),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=image_scale, keep_ratio=True),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]

train_dataloader = dict(dataset=dict(data_root="camvid/", pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root="camvid/", pipeline=test_pipeline))
test_dataloader = val_dataloader

train_cfg = dict(val_interval=8)
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.25))))
