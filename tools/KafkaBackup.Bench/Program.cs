using KafkaBackup.Bench;

// Whole backups and restores beside loops over Confluent.Kafka, in one run, on the same topics, against the same broker and the same disk.
switch (args)
{
    case ["consume-loop", var broker, var topic, var file]:
        return ConsumeLoop.Run(broker, topic, file);
    case ["produce-loop", var broker, var topic, var codec, var file]:
        return ProduceLoop.Run(broker, topic, codec, file);
}

var options = BenchOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}

var isEqual = true;
if (options.Has("backup") || options.Has("restore"))
    isEqual = await new LaneBenchmark(options).RunAsync();
if (options.Has("encryption"))
    await EncryptionBenchmark.RunAsync(options.Share);
if (options.Has("catalog"))
    await CatalogBenchmark.RunAsync(options.Share);
if (options.Has("durable"))
    await new DurableBenchmark(options.Share).RunAsync();
return isEqual ? 0 : 1;
