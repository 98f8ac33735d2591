using KafkaBackup.Durable.AzureStorage.Tests.Cluster;

if (ProbeSettings.Current is { } settings)
{
    await HostProbe.RunAsync(settings);
    return 0;
}

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, KafkaBackup.Durable.AzureStorage.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
