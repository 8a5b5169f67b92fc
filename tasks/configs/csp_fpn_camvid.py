# A segmentor for CamVid's 11 classes that keeps up with a camera: the backbone of YOLOX-nano (Ge et
# al., 2021, arXiv:2107.08430) under semantic FPN (Kirillov et al., 2019, arXiv:1901.02446). Trained
# on CamVid's training frames without rain, from YOLOX-nano's COCO weights, whose batch norms are
# folded, so that they stay as they are (`norm_eval`). `harness.training.perception` fills in paths
# and epochs.
default_scope = "mmseg"
classes = (
    "sky",
    "building",
    "pole",
    "road",
    "pavement",
    "tree",
    "sign",
    "fence",
    "car",
    "pedestrian",
    "bicyclist",
)
palette = [
    [128, 128, 128],
    [128, 0, 0],
    [192, 192, 128],
    [128, 64, 128],
    [60, 40, 222],
    [128, 128, 0],
    [192, 128, 128],
    [64, 64, 128],
    [64, 0, 128],
    [64, 64, 0],
    [0, 128, 192],
]
image_scale = (480, 360)  # width, height
width = 64  # channels of the pyramid
norm_cfg = dict(type="BN", requires_grad=True)

model = dict(
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
        norm_cfg=norm_cfg,
    ),
    decode_head=dict(
        type="FPNHead",
        in_channels=[width] * 4,
        in_index=[0, 1, 2, 3],
        feature_strides=[4, 8, 16, 32],
        channels=width,
        dropout_ratio=0.1,
        num_classes=len(classes),
        norm_cfg=norm_cfg,
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
    dict(type="RandomResize", scale=image_scale, ratio_range=(0.75, 1.75), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(256, 352), cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion", brightness_delta=24, hue_delta=9),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]

data_root = "camvid/"
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="BaseSegDataset",
        data_root=data_root,
        data_prefix=dict(img_path="images", seg_map_path="label_maps"),
        img_suffix=".png",
        seg_map_suffix=".png",
        metainfo=dict(classes=classes, palette=palette),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="BaseSegDataset",
        data_root=data_root,
        data_prefix=dict(img_path="images", seg_map_path="label_maps"),
        img_suffix=".png",
        seg_map_suffix=".png",
        metainfo=dict(classes=classes, palette=palette),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator

max_epochs = 24
base_lr = 0.002
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=4)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=base_lr, weight_decay=0.02),
    paramwise_cfg=dict(
        norm_decay_mult=0,
        bias_decay_mult=0,
        bypass_duplicate=True,
        custom_keys=dict(backbone=dict(lr_mult=0.25)),
    ),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    dict(
        type="OneCycleLR",
        eta_max=base_lr,
        pct_start=0.1,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
# The frameworks' own tools/test.py takes `custom_hooks` too, and the shipped file holds the average
# alone; so these are for `harness.training.perception`, which makes them such.
training_hooks = [
    dict(
        type="EMAHook",
        ema_type="mmdet.ExpMomentumEMA",
        momentum=0.004,
        gamma=100,
        update_buffers=True,
        priority=49,
    ),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=10, log_metric_by_epoch=True),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook", interval=1, max_keep_ckpts=2, save_best="mIoU", rule="greater"
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
log_processor = dict(type="LogProcessor", window_size=10, by_epoch=True)
log_level = "INFO"
load_from = None
resume = False
