{
  "targets": [
    {
      "target_name": "duramen",
      "sources": [
        "native/addon/directory_object.cc",
        "native/addon/errors.cc",
        "native/addon/log_object.cc",
        "native/addon/log_object_read.cc",
        "native/addon/log_options_from_js.cc",
        "native/addon/module.cc",
        "native/addon/progress_calls.cc",
        "native/addon/region.cc",
        "native/io/append_window.cc",
        "native/io/background.cc",
        "native/io/directory_lock.cc",
        "native/io/fault_guard.cc",
        "native/io/files.cc",
        "native/io/fork_guard.cc",
        "native/io/mapped_range.cc",
        "native/io/posix_env.cc",
        "native/io/posix_file.cc",
        "native/io/range_table.cc",
        "native/io/send.cc",
        "native/io/shared_word.cc",
        "native/log/append_file.cc",
        "native/log/batch_append.cc",
        "native/log/batch_check.cc",
        "native/log/batch_encoder.cc",
        "native/log/batch_values.cc",
        "native/log/checkpoint.cc",
        "native/log/copy_file.cc",
        "native/log/flush_rounds.cc",
        "native/log/foreign_log.cc",
        "native/log/index_file.cc",
        "native/log/leader_epochs.cc",
        "native/log/log_directory.cc",
        "native/log/log_producers.cc",
        "native/log/partition_log_alter.cc",
        "native/log/partition_log_append.cc",
        "native/log/partition_log_close.cc",
        "native/log/partition_log_cut.cc",
        "native/log/partition_log_flush.cc",
        "native/log/partition_log_open.cc",
        "native/log/producer_batch.cc",
        "native/log/producer_snapshot.cc",
        "native/log/producer_state.cc",
        "native/log/producer_walk.cc",
        "native/log/readable_log.cc",
        "native/log/recovery.cc",
        "native/log/recovery_files.cc",
        "native/log/recovery_marks.cc",
        "native/log/registry.cc",
        "native/log/segment.cc",
        "native/log/segment_list.cc",
        "native/log/segment_reader.cc",
        "native/log/transaction_index.cc",
        "native/log/verify.cc",
        "native/log/watermark.cc",
        "native/util/crc32c.cc",
        "native/util/crc32c_arm.cc",
        "native/util/crc32c_table.cc",
        "native/util/crc32c_x86.cc",
        "native/util/lines.cc",
        "native/util/status.cc",
        "native/util/stream_copy.cc"
      ],
      "include_dirs": [
        "native",
        "<!(node -p \"require('node-addon-api').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-rtti", "-fno-exceptions"],
      "cflags_cc": [
        "-std=c++20", "-O3", "-DNDEBUG", "-fvisibility=hidden", "-fvisibility-inlines-hidden", "-pthread"
      ],
      "ldflags": ["-Wl,-z,nodelete", "-pthread"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0"
      }
    }
  ]
}
