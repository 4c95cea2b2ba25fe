import { createRequire } from 'node:module';
import { lazy } from '../lazy.ts';

const require = createRequire(import.meta.url);

// Messages of onnx.proto (github.com/onnx/onnx, IR version 8), with the fields that are needed.

const WRITTEN = `
  syntax = "proto2";
  message ModelProto {
    optional int64 ir_version = 1;
    optional string producer_name = 2;
    optional GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
    repeated StringStringEntryProto metadata_props = 14;
  }
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
  message StringStringEntryProto { optional string key = 1; optional string value = 2; }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string op_type = 4;
    repeated AttributeProto attribute = 5;
    optional string domain = 7;
  }
  message AttributeProto {
    optional string name = 1;
    optional float f = 2;
    optional int64 i = 3;
    optional bytes s = 4;
    optional TensorProto t = 5;
    optional GraphProto g = 6;
    repeated int64 ints = 8;
    optional int32 type = 20;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    optional string name = 8;
    optional bytes raw_data = 9;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message TypeProto { optional Tensor tensor_type = 1; }
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }`;

/** The same with what is read of them, without the numbers in them, which may be many. */
const READ = `
  message ReadModel {
    optional ReadGraph graph = 7;
    repeated StringStringEntryProto metadata_props = 14;
    repeated ReadFunction functions = 25;
  }
  message ReadFunction { repeated ReadNode node = 7; repeated ReadAttribute attribute_proto = 11; }
  message ReadGraph {
    repeated ReadNode node = 1;
    repeated ReadTensor initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
    repeated ReadSparseTensor sparse_initializer = 15;
  }
  message ReadNode { repeated ReadAttribute attribute = 5; }
  message ReadAttribute {
    optional string name = 1;
    optional ReadTensor t = 5;
    optional ReadGraph g = 6;
    repeated string strings = 9;
    repeated ReadTensor tensors = 10;
    repeated ReadGraph graphs = 11;
    optional ReadSparseTensor sparse_tensor = 22;
    repeated ReadSparseTensor sparse_tensors = 23;
  }
  message ReadTensor { optional string name = 8; optional int32 data_location = 14; }
  message ReadSparseTensor { optional ReadTensor values = 1; optional ReadTensor indices = 2; }`;

const root = lazy(() => {
  const { parse }: typeof import('protobufjs') = require('protobufjs');
  return parse(WRITTEN + READ, { keepCase: true }).root;
});

export const writtenModel = lazy(() => root().lookupType('ModelProto'));
export const readModel = lazy(() => root().lookupType('ReadModel'));
