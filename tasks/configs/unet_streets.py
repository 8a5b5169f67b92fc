# A narrow U-Net (Ronneberger et al., 2015, arXiv:1505.04597) for the built-in streets, trained
# from scratch on clean scenes. Its finest features have half the image's size, so that poles and
# people far away keep their outlines. `harness.training.perception` fills in paths and epochs.
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
image_scale = (384, 224)  # width, height
width = 20  # channels of the finest features
norm_cfg = dict(type="BN", requires_grad=True)

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="SegDataPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        size_divisor=32,
        test_cfg=dict(size_divisor=32),
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="UNet",
        in_channels=3,
        base_channels=width,
        num_stages=5,
        strides=(2, 1, 1, 1, 1),
        enc_num_convs=(2, 2, 2, 2, 2),
        dec_num_convs=(1, 1, 1, 1),
        downsamples=(True, True, True, True),
        norm_cfg=norm_cfg,
        act_cfg=dict(type="ReLU"),
        upsample_cfg=dict(type="InterpConv"),
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=width,
        in_index=4,
        channels=width,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0.0,
        num_classes=len(classes),
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(
            type="CrossEntropyLoss",
            use_sigmoid=False,
            # About the inverse square root of each class's share of the pixels: thin and small
            # things are a hundredth of a street and nearly half of the mean IoU.
            class_weight=[0.8, 0.65, 2.0, 0.6, 1.4, 1.0, 3.0, 1.9, 1.1, 3.0, 3.0],
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)

# No rain and nothing that looks like it: the segmentor knows clean scenes alone.
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=image_scale, ratio_range=(0.8, 1.4), keep_ratio=True),
    dict(type="RandomCrop", crop_size=image_scale[::-1]),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion", brightness_delta=24, hue_delta=9),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]

data_root = "scenes/"
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

max_epochs = 12
base_lr = 0.002
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=2)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=base_lr, weight_decay=0.02),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0, bypass_duplicate=True),
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
    logger=dict(type="LoggerHook", interval=25, log_metric_by_epoch=True),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook", interval=1, max_keep_ckpts=2, save_best="mIoU", rule="greater"
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
log_processor = dict(type="LogProcessor", window_size=25, by_epoch=True)
log_level = "INFO"
load_from = None
resume = False
