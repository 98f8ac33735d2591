using KafkaBackup.Quickstart;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;

try
{
    return await TellAsync(keep: args.Contains("--keep"));
}
catch (Exception e)
{
    // Not left to the runtime, which would end without stopping the processes.
    Console.Error.WriteLine($"\nFAILED: {e}");
    return 1;
}

// Tells the whole story once: a cluster with data, a backup, its loss, the restore, and the proof.
static async Task<int> TellAsync(bool keep)
{
    using var folder = new TestFolder();
    var story = new Story();

    story.Step("starting a development broker, with a log that Apache Kafka itself has compacted in its data folder");
    Fixtures.CopyLogs(folder["cluster"], "fx-compact-0");
    await using var broker = BrokerProcess.Start(folder["cluster"]);
    story.Tell($"Kafka at {broker.Address}");

    story.Step("starting the service");
    await using var service = await Service.StartAsync(folder.Path, broker.Address);
    story.Tell($"HTTP at {service.Url}");

    story.Step("loading sample topics: plain, transactional (with aborted transactions), compacted; and consumer groups that stop half-way");
    await SampleData.LoadAsync(broker.Address);
    var before = await Evidence.CollectAsync(broker.Address);
    story.Tell(before.Summary);

    story.Step("backing up, over HTTP");
    story.Tell(await service.RunAsync("backups", new { cluster = "demo", repository = "demo" }));

    story.Step("losing the cluster: the broker is stopped and its data deleted");
    await broker.StopAsync();
    Directory.Delete(folder["cluster"], recursive: true);
    await using var spare = BrokerProcess.Listen(folder["new-cluster"], broker.Address);
    story.Tell($"an empty broker has its address now, {spare.Address}");

    story.Step("restoring, over HTTP");
    story.Tell(await service.RunAsync("restores", new { cluster = "demo", repository = "demo" }));

    story.Step("proving it");
    var after = await Evidence.CollectAsync(spare.Address);
    var isProven = Proof.Print(before, after, story);

    story.Step("where to look next");
    story.Tell($"{service.Url}/api/instances lists what was done, {service.Url}/openapi/v1.json what can be; `tools/kafka-backup --help` is the command line");
    if (keep)
    {
        story.Tell($"kept running until Enter is pressed: Kafka at {spare.Address}, HTTP at {service.Url}, the repository in {folder["repository"]}");
        Console.ReadLine();
    }

    Console.WriteLine(isProven ? "\nDone: everything came back." : "\nFAILED: see above.");
    return isProven ? 0 : 1;
}
