"""Exports a model of GPT-2 small's shape with seeded random weights (12 layers × 12 heads, width 768): its time does
not depend on what the weights are. usage: python gpt2_small.py FOLDER"""

import sys
from pathlib import Path

import torch
from optimum.exporters.onnx import onnx_export_from_model
from transformers import GPT2Config, GPT2LMHeadModel

folder = Path(sys.argv[1])
torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config()).eval()
onnx_export_from_model(model, folder / "onnx", task="text-generation-with-past", do_validation=False)
model.config.save_pretrained(folder)
