using KafkaBackup.Bench;

// A whole backup beside a consume loop, in one run, on the same topics, against the same broker, both writing to the same disk.
if (args is ["consume-loop", var broker, var topic, var file])
    return ConsumeLoop.Run(broker, topic, file);
var share = args is ["--share", var text] && double.TryParse(text, out var given) ? given : 1.0;
return await BackupBenchmark.RunAsync(share);
