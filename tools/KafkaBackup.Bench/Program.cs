using KafkaBackup.Bench;

// A whole backup beside a consume loop, in one run, on the same topics, against the same broker, both writing to the same disk.
if (args is ["consume-loop", var broker, var topic, var file])
    return ConsumeLoop.Run(broker, topic, file);
if (args is ["encryption", .. var rest])
    return await EncryptionBenchmark.RunAsync(rest is ["--share", var part] && double.TryParse(part, out var some) ? some : 1.0);
var share = args is ["--share", var text] && double.TryParse(text, out var given) ? given : 1.0;
return await BackupBenchmark.RunAsync(share);
