# A narrow YOLOX (Ge et al., 2021, arXiv:2107.08430) for the built-in streets, trained from scratch
# on clean scenes: a detector of another family than RTMDet (CSPDarknet, a head that tells objects
# from classes, SimOTA), so that one sees whether the order of derainers depends on the judge.
# Classes, pictures, augmentation and hooks are those of `rtmdet_streets`.
_base_ = "rtmdet_streets.py"
norm_cfg = dict(type="BN", momentum=0.03, eps=0.001)
act_cfg = dict(type="SiLU")  # YOLOX's layers make it inplace themselves
max_epochs = 20
base_lr = 0.001

model = dict(
    type="YOLOX",
    backbone=dict(
        _delete_=True,
        type="CSPDarknet",
        deepen_factor=0.33,
        widen_factor=0.25,
        out_indices=(2, 3, 4),
        norm_cfg=norm_cfg,
        act_cfg=act_cfg,
    ),
    neck=dict(
        _delete_=True,
        type="YOLOXPAFPN",
        in_channels=[64, 128, 256],
        out_channels=64,
        num_csp_blocks=1,
        norm_cfg=norm_cfg,
        act_cfg=act_cfg,
    ),
    bbox_head=dict(
        _delete_=True,
        type="YOLOXHead",
        num_classes=len(_base_.classes),
        in_channels=64,
        feat_channels=64,
        stacked_convs=2,
        strides=(8, 16, 32),
        norm_cfg=norm_cfg,
        act_cfg=act_cfg,
        loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True, reduction="sum", loss_weight=1.0),
        loss_bbox=dict(type="IoULoss", mode="square", eps=1e-16, reduction="sum", loss_weight=5.0),
        loss_obj=dict(type="CrossEntropyLoss", use_sigmoid=True, reduction="sum", loss_weight=1.0),
    ),
    train_cfg=dict(_delete_=True, assigner=dict(type="SimOTAAssigner", center_radius=2.5)),
    test_cfg=dict(
        _delete_=True,
        score_thr=0.001,
        nms=dict(type="nms", iou_threshold=0.65),
        max_per_img=100,
    ),
)

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(eta_max=base_lr, total_steps=max_epochs)
