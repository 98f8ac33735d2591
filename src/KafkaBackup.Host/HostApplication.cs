using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Http;
using KafkaBackup.Host.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host;

/// <summary>The service: HTTP triggers, timer triggers, and the orchestrations behind them.</summary>
public static class HostApplication
{
    /// <summary>Builds it and starts it.</summary>
    /// <exception cref="HostConfigurationException">The configuration makes no sense.</exception>
    /// <exception cref="Durable.Stores.StateFolderInUseException">Another process works with the state folder.</exception>
    public static async Task<WebApplication> StartAsync(IConfiguration configuration, CancellationToken cancellation)
    {
        var app = Build(configuration);
        await app.StartOrDisposeAsync(cancellation);
        return app;
    }

    private static WebApplication Build(IConfiguration configuration)
    {
        var settings = SettingsReader.Read(configuration);
        // Empty, so that no other setting than the checked one says where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSetting(WebHostDefaults.ServerUrlsKey, settings.Listen);
        builder.Logging.AddConfiguration(configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff'Z' ";
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Warning);
        builder.Services.AddRouting();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddKafkaBackup(settings);
        builder.Services.AddSingleton<RequestChecks>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService<PlanScheduler>();
        builder.Services.AddOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json => HttpJson.Configure(json.SerializerOptions));

        var app = builder.Build();
        app.UseMiddleware<ProblemMiddleware>();
        if (settings.HasApiKey)
            app.UseMiddleware<ApiKeyMiddleware>();
        app.UseRouting();
        app.MapOpenApi();
        app.MapTriggers();
        app.MapInstances();
        app.MapEpochs();
        app.MapHealth();
        return app;
    }
}
